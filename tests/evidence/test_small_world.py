"""The small world of the engine's own tests: two areas, a unit for each tier and sex, a few hundred people, nobody ill.

Its parameters are those of the evidence. Write it anew with `python tests/evidence/test_small_world.py`.
"""

import json
from pathlib import Path
from typing import Any

from stepdown import load
from stepdown.plan import compile

SMALL = Path(__file__).parents[2] / "rust/core/src/world/small.json"
AREAS = 2
BY_AREA = ("in_reach", "acute_ward", "community_team", "aftercare_funder")
BY_REGION = ("court_liaison", "criminal_court")
BEDS = 10
PERSONS = 2


def small() -> dict[str, Any]:
    """Cut the baseline's plan down to a world that a test can look through."""
    plan: dict[str, Any] = compile(load("baseline")).data
    areas = plan["areas"][:AREAS]
    for number, area in enumerate(areas):
        area["region"] = number
        area["collaborative"] = number
    units = []
    for number, area in enumerate(areas):
        for tier in ("high secure", "medium secure", "low secure"):
            for sex in ("male", "female"):
                if tier == "high secure" and number:
                    continue
                where = {"commissioner": AREAS if tier == "high secure" else number, "area": number}
                name = f"{area['name']}, {tier}, {sex}"
                units.append(
                    {
                        **where,
                        "name": name,
                        "provider": area["trust"],
                        "tier": tier,
                        "sex": sex,
                        "sector": "NHS",
                        "beds": BEDS,
                        "ward": BEDS,
                    }
                )
    agents = {}
    for kind, table in plan["agents"].items():
        rows = len(table["names"])
        keep = list(range(min(rows, AREAS if kind in (*BY_AREA, *BY_REGION) else 1)))
        if kind in ("commissioner", "assessment_team"):
            keep = [0, 1, rows - 1]
        if kind == "responsible_clinician":
            keep = [0] * len(units)
        agents[kind] = {
            "columns": table["columns"],
            "names": [table["names"][k] for k in keep],
            "values": [table["values"][k] for k in keep],
        }
    people = plan["population"]
    ages = [[PERSONS if 20 <= age < 60 else 0 for age in range(len(people["arrivals"]))]] * 2
    neither = {"men": 0.0, "women": 0.0}
    nobody = {"register": 0.0, "incidence": 0.0, "custody_share": neither, "personality": 0.0, "disability": 0.0}
    return {
        **plan,
        "name": "small",
        "mode": {**plan["mode"], "fraction": 1.0, "demography": "frozen"},
        "parameters": {**plan["parameters"], "illness": {**plan["parameters"]["illness"], **nobody}},
        "areas": areas,
        "regions": plan["regions"][:AREAS],
        "commissioners": [*plan["commissioners"][:AREAS], plan["commissioners"][-1]],
        "units": units,
        "agents": agents,
        "choices": {
            decision: {"agent": choice["agent"], "rows": [], "delay": None}
            for decision, choice in plan["choices"].items()
        },
        "levers": {},
        "beds": [],
        "changes": [],
        "programmes": [line | {"weights": line["weights"][:AREAS]} for line in plan["programmes"]],
        "population": {
            **people,
            "persons": [ages] * AREAS,
            **{table: people[table][:AREAS] for table in ("ethnicity", "register")},
        },
    }


def test_the_engine_is_tested_on_a_small_world_of_the_evidence_as_it_is() -> None:
    found = json.loads(SMALL.read_text(encoding="utf-8"))
    assert found == small(), f"write {SMALL.name} anew: python tests/evidence/test_small_world.py"


if __name__ == "__main__":
    SMALL.write_text(json.dumps(small(), separators=(",", ":")) + "\n", encoding="utf-8")
