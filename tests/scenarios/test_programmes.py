"""Programmes: what a scenario may say of them, each fault in a sentence, and the lines that they are compiled into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stepdown import plan, scenario
from stepdown.errors import ScenarioError
from stepdown.scenario import programmes

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'title = "t"\nwhy = "w"\nextends = "baseline"\n'
GOOD = """
[[programmes]]
name   = "fund"
pounds = { 2025 = 2.0e6, 2026 = 3.0e6 }
buys   = "forensic teams"
"""
WARDS = '\n[[programmes]]\nname = "half"\nfrom_wards = 0.5\nspeed_days = 90\nbuys = "supported places"\n'


def load(folder: Path, text: str, name: str = "x.toml") -> scenario.Scenario:
    (folder / name).write_text(text, encoding="utf-8")
    return scenario.load(folder / name)


def test_wards_and_posts_want_money_by_year(tmp_path: Path) -> None:
    for thing in ("medium secure wards", "low secure wards", "in-reach posts", "assessment posts"):
        assert lines(load(tmp_path, HEAD + GOOD.replace("forensic teams", thing)))[0]["buys"] == thing
        with pytest.raises(ScenarioError) as caught:
            load(tmp_path, HEAD + WARDS.replace("supported places", thing))
        assert f"programmes[0].buys: {thing} with `from_wards`; allowed with it: supported places" in str(caught.value)


def lines(loaded: scenario.Scenario) -> list[dict[str, Any]]:
    """The lines of its programmes; what commissioners order beside them comes first."""
    found: list[dict[str, Any]] = plan.compile(loaded).data["programmes"]
    ordered = [line for line in found if line.get("ordered")]
    assert [line["buys"] for line in ordered] == list(programmes.PLACES_AND_TEAMS)
    assert found[:4] == ordered
    return found[4:]


@pytest.mark.parametrize(
    ("was", "then", "said"),
    [
        ("name   =", 'nome = "x"\nname   =', "programmes[0].nome: not known; did you mean name?, line 6"),
        ('"fund"', '""', "programmes[0].name: empty, line 6"),
        ('"fund"', '" "', "programmes[0].name: ' '; allowed: a name that can be printed on a line, line 6"),
        (
            "2025 = 2.0e6",
            '"\uff12\uff10\uff12\uff15" = 2.0e6',
            "programmes[0].pounds: '\uff12\uff10\uff12\uff15' is not a year; allowed: financial years",
        ),
        (
            "buys  ",
            'where = "South West"\nbuys  ',
            "programmes[0].where: 'South West'; allowed: places as a list, as in ['South West']",
        ),
        ("2025 = 2.0e6", "soon = 2.0e6", "programmes[0].pounds: 'soon' is not a year; allowed: financial years"),
        ("2025 = 2.0e6", "2025 = -2.0e6", "programmes[0].pounds.2025: -2000000.0; allowed: at least 0, line 7"),
        ("2025 = 2.0e6", '2025 = "2m"', 'programmes[0].pounds.2025: "2m" is not a number, line 7'),
        (
            "2025 = 2.0e6",
            "2023 = 2.0e6",
            "programmes[0].pounds: 2023; allowed: 2024, the first year that is reported, to",
        ),
        ("{ 2025 = 2.0e6, 2026 = 3.0e6 }", "{}", "programmes[0].pounds: empty; allowed: at least one"),
        (
            "{ 2025 = 2.0e6, 2026 = 3.0e6 }",
            "{ 2025 = 0 }",
            "programmes[0].pounds: 0 in every year; allowed: money in one",
        ),
        ("pounds =", "# pounds =", "programmes[0]: pounds and from_wards: neither is there; allowed: one of them"),
        (
            "buys  ",
            "from_wards = 0.5\nbuys  ",
            "programmes[0]: pounds and from_wards: both are there; allowed: one of them",
        ),
        (
            '"forensic teams"',
            '"forensic team"',
            "programmes[0].buys: 'forensic team' is not known; allowed: supported places",
        ),
        ('"forensic teams"', '{ "forensic teams" = 1.5 }', 'buys."forensic teams": 1.5; allowed: at most 1'),
        ('"forensic teams"', '{ "forensic teams" = 0.5 }', "programmes[0].buys: the shares add up to 0.5; allowed: 1"),
        (
            "buys  ",
            'payer = "NHS Englend"\nbuys  ',
            "programmes[0].payer: 'NHS Englend' is not known; did you mean NHS England",
        ),
        (
            "buys  ",
            'where = "needs"\nbuys  ',
            "programmes[0].where: 'needs' is not known; allowed: need, bidding, everywhere",
        ),
        ("buys  ", 'where = ["Kernow"]\nbuys  ', "programmes[0].where: 'Kernow' is not known"),
        ("buys  ", "where = []\nbuys  ", "programmes[0].where: empty; allowed: at least one area"),
        ("buys  ", 'unspent = "kept"\nbuys  ', 'unspent: "kept"; allowed: returned, carried'),
        ("buys  ", 'inflation = "gold"\nbuys  ', 'inflation: "gold"; allowed: real, cash'),
        (
            "buys  ",
            "speed_days = 30\nbuys  ",
            "programmes[0].speed_days: it belongs to from_wards; allowed: leave it out, line 8",
        ),
    ],
)
def test_each_fault_is_one_sentence_with_file_key_and_what_is_allowed(
    tmp_path: Path, was: str, then: str, said: str
) -> None:
    with pytest.raises(ScenarioError) as refused:
        load(tmp_path, HEAD + GOOD.replace(was, then, 1))
    message = str(refused.value)
    assert message.startswith(f"{tmp_path}/x.toml: programmes[0]"), message
    assert said in message, message
    assert "\n" not in message


def test_no_more_than_all_that_wards_release_can_be_spent(tmp_path: Path) -> None:
    shares = "\n".join(
        f'[[programmes]]\nname = "{name}"\nfrom_wards = 0.6\nbuys = "supported places"' for name in ("one", "other")
    )
    with pytest.raises(ScenarioError, match=r"programmes\[1\]\.from_wards: .* add up to 1\.2; allowed: at most 1"):
        load(tmp_path, HEAD + shares)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("from_wards = 1.5", "from_wards: 1.5; allowed: at most 1"),
        ("from_wards = 0", "from_wards: 0; allowed: above 0"),
        ("from_wards = 0.5\nrecurrent = true", "recurrent: it belongs to pounds; allowed: leave it out"),
        ("from_wards = 0.5\nrecurrent = 1", "recurrent: 1 is neither true nor false"),
        ("from_wards = 0.5\nrecurrent = 'yes'", "recurrent: yes is neither true nor false"),
        ("from_wards = 0.5\nspeed_days = 4000", "speed_days: 4000; allowed: at most 3660"),
    ],
)
def test_a_share_of_what_wards_release_is_a_share_and_has_no_keys_of_money_by_year(
    tmp_path: Path, line: str, said: str
) -> None:
    text = WARDS.replace("from_wards = 0.5\n", "").replace(
        "speed_days = 90\n", "" if "speed" in line else "speed_days = 90\n"
    )
    with pytest.raises(ScenarioError, match=r"programmes\[0\]") as refused:
        load(tmp_path, HEAD + text + line + "\n")
    assert said in str(refused.value)


def test_two_programmes_have_two_names(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"programmes\[1\]\.name: 'fund' is the name of an earlier one"):
        load(tmp_path, HEAD + GOOD + GOOD)


def test_a_child_inherits_programmes_replaces_all_of_them_and_takes_them_away(tmp_path: Path) -> None:
    parent = load(tmp_path, HEAD + GOOD, "parent.toml")
    head = HEAD.replace("baseline", "parent")
    assert load(tmp_path, head).programmes == parent.programmes
    assert [p.name for p in load(tmp_path, head + WARDS).programmes] == ["half"]
    off = load(tmp_path, head + 'programmes = "off"\n')
    assert off.programmes == []
    assert lines(off) == []


def test_a_programme_is_written_as_it_was_read(tmp_path: Path) -> None:
    for text in (GOOD, WARDS):
        loaded = load(tmp_path, HEAD + text)
        assert load(tmp_path, loaded.to_toml(), "again.toml") == loaded


def test_each_thing_that_is_bought_is_a_line_and_they_stand_in_order_of_their_first_day(tmp_path: Path) -> None:
    text = GOOD.replace('"forensic teams"', '{ "forensic teams" = 0.75, "supported places" = 0.25 }')
    found = lines(load(tmp_path, HEAD + text + WARDS))
    assert [(line["name"], line["buys"]) for line in found] == [
        ("half", "supported places"),
        ("fund", "forensic teams"),
        ("fund", "supported places"),
    ]
    assert found[0]["from_wards"] == {"share": 0.5, "days": 90}
    assert found[1]["pounds"] == [{"year": 2025, "pounds": 1.5e6}, {"year": 2026, "pounds": 2.25e6}]
    assert found[1]["payer"] is None
    assert found[1]["sharing"] == "need"


def test_what_is_recurrent_goes_on_and_cash_is_told(tmp_path: Path) -> None:
    text = HEAD + "[calendar]\nyears = 5\n" + GOOD
    years = {of["year"]: of["pounds"] for of in lines(load(tmp_path, text + "recurrent = true\n"))[0]["pounds"]}
    assert years == {2025: 2e6, 2026: 3e6, 2027: 3e6, 2028: 3e6, 2029: 3e6}
    line = lines(load(tmp_path, text + 'inflation = "cash"\n'))[0]
    assert line["cash"]
    assert [of["pounds"] for of in line["pounds"]] == [2e6, 3e6], "the engine takes off what is lost"


def test_areas_are_named_as_levers_name_them_and_payers_by_their_place(tmp_path: Path) -> None:
    line = lines(load(tmp_path, HEAD + GOOD + 'where = ["South West"]\npayer = "NHS England"\n'))[0]
    data = plan.compile(load(tmp_path, HEAD)).data
    named = [area["name"] for area, weight in zip(data["areas"], line["weights"], strict=True) if weight]
    south_west = data["commissioners"].index("South West")
    assert set(named) >= {area["name"] for area in data["areas"] if area["collaborative"] == south_west}
    assert len(named) < len(data["areas"])
    assert (line["sharing"], line["payer"]) == ("weight", data["commissioners"].index("NHS England"))


def test_a_programme_that_buys_nothing_is_told(tmp_path: Path) -> None:
    late = load(tmp_path, HEAD + "[calendar]\nyears = 1\n" + GOOD)
    assert plan.without_effect(late, plan.compile(late)) == [
        "programmes[0] does nothing: its first money is that of 2025, and the run ends on 2025-04-01"
    ]
    few = load(tmp_path, HEAD + "population = 0.001\n" + GOOD)
    assert "pay for no whole place; allowed: a greater population" in plan.without_effect(few, plan.compile(few))[0]


def test_the_ninety_four_million_is_counted_once() -> None:
    """The world of 2013 gives what it bought: where the money buys it, what was given is gone, and nothing else."""
    given, never, was = (scenario.load(name) for name in ("world-2013", "ninety-four-never", "ninety-four"))
    assert never.steps("forensic_teams") == []
    money = [step for step in given.steps("supported_places") if step not in never.steps("supported_places")]
    assert [step.value for step in money] == [190, 370]
    changed = {"title", "why", "name", "levers"}
    assert {k for k, v in given.model_dump().items() if v != never.model_dump()[k]} <= changed
    assert {k for k, v in never.model_dump().items() if v != was.model_dump()[k]} == {
        "title",
        "why",
        "name",
        "programmes",
    }
    total = sum(pounds for programme in was.programmes for pounds in programme.years.values())
    assert total == pytest.approx(94e6)
    earlier = scenario.load("ninety-four-earlier")
    years = [[year + 2 for year in programme.years] for programme in earlier.programmes]
    assert years == [list(programme.years) for programme in was.programmes]
