"""A run that is exported for an archive: its crate and data package name every file, and describe every column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from stepdown.cli import invoke
from stepdown.errors import OutputExistsError
from stepdown.results.crate import export_crate

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown import Results


@pytest.mark.parametrize("rounding", [None, 5])
def test_the_crate_and_the_package_name_every_file_and_column(
    small_run: Results, tmp_path: Path, rounding: int | None
) -> None:
    out = export_crate(small_run, tmp_path / "crate", rounding=rounding)
    there = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    graph = {node["@id"]: node for node in json.loads((out / "ro-crate-metadata.json").read_text())["@graph"]}
    named = {part["@id"] for part in graph["./"]["hasPart"]}
    assert named == there - {"ro-crate-metadata.json"}
    assert all(node in graph for node in named)
    assert graph["ro-crate-metadata.json"]["conformsTo"]["@id"].startswith("https://w3id.org/ro/crate/")
    package = json.loads((out / "datapackage.json").read_text())
    for resource in package["resources"]:
        for path in resource["path"]:
            columns = pq.read_schema(out / path).names
            assert [field["name"] for field in resource["schema"]["fields"]][: len(columns)] == columns
            assert all(field["description"] and field["type"] != "any" for field in resource["schema"]["fields"])
    assert ("events" in {r["name"] for r in package["resources"]}) == (rounding is None)
    assert ("rounded to 5" in package["description"]) == (rounding == 5)


def test_a_crate_replaces_nothing(small_run: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "crate"
    assert invoke(["export", str(small_run.path), "--crate", str(out), "--json"]) == 0
    assert str(out / "datapackage.json") in json.loads(capsys.readouterr().out)
    with pytest.raises(OutputExistsError):
        export_crate(small_run, out)
    assert invoke(["export", str(small_run.path), "--crate", str(out), "--parquet", str(out)]) == 2
