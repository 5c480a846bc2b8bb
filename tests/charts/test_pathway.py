"""The picture of the pathway is that of the engine's table, and people move as the table says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("altair")

from stepdown.charts import pathway
from stepdown.vocabulary import words

if TYPE_CHECKING:
    from stepdown.results import Results

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"
MADE = pytest.mark.parametrize("name", ["pathway.svg", "moves.svg"])


@MADE
def test_the_drawing_is_up_to_date(name: str, tmp_path: Path) -> None:
    pathway.write(tmp_path)
    drawn, kept = (ET.parse(folder / name).getroot() for folder in (tmp_path, DOCS))
    for part in ("title", "desc", "metadata"):
        assert kept.findtext(f"{SVG}{part}") == drawn.findtext(f"{SVG}{part}"), f"{name}: run `make docs`"
    texts = [sorted("".join(text.itertext()) for text in root.iter(f"{SVG}text")) for root in (kept, drawn)]
    assert texts[0] == texts[1], f"{name}: run `make docs`"


@MADE
def test_it_holds_the_table_of_the_engine(name: str) -> None:
    told = json.loads(ET.parse(DOCS / name).getroot().findtext(f"{SVG}metadata") or "")
    assert told == {place: list(to) for place, (_, to) in pathway.table().items()}
    assert tuple(told) == words("place")


def test_a_move_without_a_way_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(pathway.ROUTES, ("Prison", "Secure hospital"))
    with pytest.raises(LookupError, match="no way from Prison"):
        pathway.pathway()


def test_nobody_moves_but_as_the_table_says(hundredth: Results) -> None:
    declared = {(place, to) for place, (_, all_to) in pathway.table().items() for to in all_to}
    spells = hundredth.table("spells", columns=["place", "destination"])
    pairs = spells.group_by(["place", "destination"]).aggregate([]).to_pylist()
    moved = {(row["place"], row["destination"]) for row in pairs if row["destination"] is not None}
    assert len(moved) > 30
    assert moved <= declared
