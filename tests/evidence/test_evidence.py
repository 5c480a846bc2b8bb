"""The evidence tables: every number has a unit, a range and a source, and the institutions add up."""

import re
from pathlib import Path

import pytest

from stepdown import evidence
from stepdown.errors import EvidenceError
from stepdown.evidence import institutions
from stepdown.evidence.loader import COLUMNS, FOLDER, read_rows, source_keys, unit_of
from stepdown.vocabulary import SECURE

ROW = dict(
    zip(
        COLUMNS,
        ("relapse.rate", "0.3", "1/a", "0.2", "0.4", "lognormal", "S5", "M", "Relapse", "A note"),
        strict=True,
    )
)


def folder_with(tmp_path: Path, *rows: dict[str, str]) -> Path:
    """Write a folder of evidence with these rows of parameters, and the project's units and sources."""
    for name in ("dimensions.csv", "sources.csv"):
        (tmp_path / name).write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "parameters").mkdir()
    lines = [",".join(COLUMNS), *(",".join(row[c] for c in COLUMNS) for row in rows)]
    (tmp_path / "parameters" / "test.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_every_parameter_has_a_source_a_known_unit_and_lies_in_its_range() -> None:
    loaded = evidence.load()
    assert loaded.parameters
    for parameter in loaded.parameters.values():
        assert parameter.low <= parameter.value <= parameter.high, parameter.id
        assert unit_of(parameter.unit, loaded.units) is not None, parameter.id
        assert parameter.keys and all(key in loaded.sources for key in parameter.keys), parameter.id


def test_every_table_says_where_it_is_from() -> None:
    sources = evidence.load().sources
    declared = {}
    for line, row in read_rows(FOLDER / "tables" / "SOURCES.csv", ("table", "source", "confidence", "note")):
        assert all(key in sources for key in source_keys(row["source"])), f"line {line}"
        assert row["confidence"] in ("H", "M", "L"), f"line {line}"
        declared[row["table"]] = row
    for path in (FOLDER / "tables").glob("*.csv"):
        header = path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
        assert path.stem == "SOURCES" or path.stem in declared or "source" in header, path.name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": "0.5"}, "test.csv:2: relapse.rate: value: 0.5 lies outside its range 0.2 to 0.4"),
        ({"value": "much"}, "test.csv:2: relapse.rate: value: 'much' is not a finite number"),
        ({"value": "nan"}, "'nan' is not a finite number"),
        ({"unit": "furlong"}, "unit: 'furlong' is not declared in dimensions.csv"),
        ({"low": "-1"}, "range -1 to 0.4 is impossible in 1/a; allowed: 0 to inf"),
        ({"low": "0"}, "low: 0 can't belong to a lognormal; allowed: above 0"),
        ({"distribution": "lognorml"}, "did you mean lognormal?"),
        ({"low": "0.3", "high": "0.3"}, "lognormal with no range; allowed: fixed"),
        ({"unit": "1", "high": "2", "distribution": "beta"}, "can't belong to a beta; allowed: 0 to 1"),
        ({"source": "S55"}, "'S55' is not a key of sources.csv; did you mean S5?"),
        ({"source": "A<S5"}, "is not a key of sources.csv"),
        ({"source": "A", "note": ""}, "note: nothing found; a source A needs its reasoning"),
        ({"confidence": "certain"}, "confidence: 'certain'; allowed: H, M, L"),
        ({"name": ""}, "name: nothing found"),
        ({"id": "Relapse"}, "id: 'Relapse' is not a dotted name"),
    ],
)
def test_a_bad_row_is_refused_with_its_place(tmp_path: Path, change: dict[str, str], message: str) -> None:
    with pytest.raises(EvidenceError, match=re.escape(message)):
        evidence.load(folder_with(tmp_path, ROW | change))


def test_an_id_is_written_once(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="test.csv:3: id: relapse.rate is already at parameters/test.csv:2"):
        evidence.load(folder_with(tmp_path, ROW, ROW))


def test_an_id_is_either_a_parameter_or_a_branch(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="part of the id is itself a parameter"):
        evidence.load(folder_with(tmp_path, ROW, ROW | {"id": "relapse.rate.women"}))


def test_choices_and_institutions_are_compiled_away(tmp_path: Path) -> None:
    rows = [ROW, ROW | {"id": "choice.review.ready"}, ROW | {"id": "institution.ministry.speed"}]
    assert evidence.load(folder_with(tmp_path, *rows)).nested() == {"relapse": {"rate": 0.3}}


def test_the_digest_follows_the_content_not_the_line_ends(tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in "abc")
    for folder in (first, second, third):
        folder.mkdir()
        folder_with(folder, ROW)
    path = second / "parameters" / "test.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    path = third / "parameters" / "test.csv"
    path.write_bytes(path.read_bytes().replace(b"0.3", b"0.31"))
    digests = [evidence.load(folder).digest for folder in (first, second, third)]
    assert digests[0] == digests[1] != digests[2]


def test_an_unknown_id_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"relapse.rat is not known; did you mean relapse.rate\?"):
        evidence.load(folder_with(tmp_path, ROW)).value("relapse.rat")


def test_an_override_may_leave_the_range_but_not_the_possible(tmp_path: Path) -> None:
    loaded = evidence.load(folder_with(tmp_path, ROW))
    assert loaded.with_values({"relapse.rate": 2.0}).value("relapse.rate") == 2.0
    assert loaded.value("relapse.rate") == 0.3
    with pytest.raises(EvidenceError, match="relapse.rate: -1 is impossible in 1/a; allowed: 0 to inf"):
        loaded.with_values({"relapse.rate": -1.0})


def test_beds_add_up_to_the_commissioned_totals() -> None:
    units = institutions.load().units
    by_tier = {tier: sum(u.beds for u in units if u.tier == tier) for tier in SECURE}
    assert by_tier == {"high secure": 715, "medium secure": 2965, "low secure": 3003}


def test_open_beds_are_the_commissioned_ones_that_have_staff() -> None:
    known, places = evidence.load(), institutions.load()
    beds = institutions.beds(known, places)
    assert all(0 < count <= unit.beds for count, unit in zip(beds, places.units, strict=True))
    for tier in SECURE:
        name = tier.split()[0]
        total = known.value(f"institution.beds.{name}") * known.value(f"institution.open.{name}")
        assert sum(c for c, u in zip(beds, places.units, strict=True) if u.tier == tier) == round(total)


def test_in_reach_is_divided_as_people_with_severe_mental_illness_are() -> None:
    places = institutions.load()
    weekly = institutions.agents("in_reach", evidence.load(), places)["capacity"]
    ill = [area.ill for area in places.areas]
    assert min(ill) > 0
    assert {round(w / i, 12) for w, i in zip(weekly, ill, strict=True)} == {round(sum(weekly) / sum(ill), 12)}


def test_each_collaborative_has_the_places_that_are_published_or_assumed_for_it() -> None:
    loaded = institutions.load()
    for index, commissioner in enumerate(loaded.commissioners[:-1]):
        beds = sum(u.beds for u in loaded.units if u.commissioner == index)
        assert abs(beds - commissioner.places) <= 1, commissioner.name


@pytest.mark.parametrize(
    ("tier", "women", "independent"),
    [("high secure", 0.07, 0.0), ("medium secure", 0.13, 0.35), ("low secure", 0.22, 0.45)],
)
def test_women_and_the_independent_sector_have_their_share(tier: str, women: float, independent: float) -> None:
    units = [u for u in institutions.load().units if u.tier == tier]
    total = sum(u.beds for u in units)
    assert sum(u.beds for u in units if u.sex == "female") / total == pytest.approx(women, abs=0.01)
    assert sum(u.beds for u in units if u.sector == "independent") / total == pytest.approx(independent, abs=0.01)


@pytest.mark.parametrize("tier", ["medium secure", "low secure"])
def test_a_third_of_women_live_where_the_collaborative_has_no_unit_for_them_and_no_man_does(tier: str) -> None:
    loaded = institutions.load()
    total = sum(area.population for area in loaded.areas)
    for sex, low, high in (("female", 0.25, 0.38), ("male", 0.0, 0.0)):
        has = {u.commissioner for u in loaded.units if (u.tier, u.sex) == (tier, sex)}
        without = sum(area.population for area in loaded.areas if area.collaborative not in has)
        assert low <= without / total <= high


def test_pools_are_small_and_wards_have_12_to_15_beds() -> None:
    units = institutions.load().units
    assert len({u.site for u in units if u.tier == "medium secure"}) == 57
    assert all(12 <= u.ward <= 15 <= u.beds for u in units)
    assert len({u.name for u in units}) == len(units)
    assert max(u.beds for u in units if u.tier != "high secure") <= 70


def test_there_are_42_areas_in_7_regions_and_15_collaboratives_before_nhs_england() -> None:
    loaded = institutions.load()
    assert (len(loaded.areas), len(loaded.regions), len(loaded.commissioners)) == (42, 7, 16)
    assert loaded.commissioners[-1].name == "NHS England"
    assert {a.collaborative for a in loaded.areas} == set(range(15))
    assert sum(a.population for a in loaded.areas) == 57_106_398


def test_national_totals_survive_their_division() -> None:
    loaded, total = evidence.load(), institutions.load()
    for row in total.agents:
        if row["rule"] in ("each", "some"):
            continue
        column = institutions.agents(row["kind"], loaded, total)[row["attribute"]]
        assert sum(column) == pytest.approx(loaded.value(row["parameter"])), row
        if row["rule"] == "whole":
            assert all(value == int(value) for value in column), row


def test_one_parameter_changes_a_total_and_keeps_the_division() -> None:
    more = evidence.load().with_values(
        {"institution.beds.medium": 3265, "institution.aftercare_funder.supported_places": 7000}
    )
    loaded = institutions.load()
    open_beds = {"high": 715, "medium": 3265, "low": 3003}
    assert sum(institutions.beds(more, loaded)) == sum(
        round(count * more.value(f"institution.open.{tier}")) for tier, count in open_beds.items()
    )
    assert sum(institutions.agents("aftercare_funder", more, loaded)["supported_places"]) == 7000
