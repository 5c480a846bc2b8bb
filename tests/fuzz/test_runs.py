"""Folders of runs whose manifest, tables or scenario are damaged, with hashes and seals that fit or not: refused in a sentence, or read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepdown.results import Results, export_parquet
from stepdown.results.manifest import MANIFEST
from stepdown.results.run import TABLES
from stepdown.validation.scoring import scores
from stepdown.validation.series import compare

from . import harness
from .commands import Place, command, data_of, facts_of, swap, tree_damaged

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from .harness import Tally

COMMANDS: dict[str, tuple[list[str], tuple[int, ...]]] = {
    "verify": (["verify", "RUN"], (6,)),
    "verify as JSON": (["verify", "RUN", "--json"], (6,)),
    "export": (["export", "RUN", "--parquet", "OUT"], (6,)),
    "export rounded": (["export", "RUN", "--parquet", "OUT", "--rounding", "5"], (6,)),
    "export over it": (["export", "OTHER", "--parquet", "RUN", "--overwrite"], (2,)),
    "indicators": (["indicators", "RUN", "--group", "tier"], (2, 6)),
    "indicators of two": (["indicators", "OTHER", "RUN", "--json"], (2, 6)),
    "indicators to a file": (["indicators", "RUN", "--out", "OUT"], (2, 6)),
    "series": (["series", "RUN"], (2, 6)),
    "validate-model": (["validate-model", "RUN"], (2, 6, 8)),
    "reproduce": (["reproduce", "RUN"], (2, 6)),
    "resume": (["resume", "RUN", "--json"], (2, 6)),
    "run --resume": (["run", "SCENARIO", "--seed", "7", "--out", "RUN", "--resume"], (2, 6)),
}
"""Commands that read a run, and the exit codes with which they may refuse it."""

CALLS: dict[str, Callable[[Results], object]] = {
    "tables": lambda run: [run.table(name) for name in (*TABLES, *run.own)],
    "some columns": lambda run: run.table("events", columns=["person"], events=["move"]),
    "pandas": lambda run: [run.pandas(name) for name in ("people", "daily", *run.own)],
    "indicator": lambda run: run.indicator("occupancy", group="tier"),
    "scores": lambda run: scores([run]),
    "compare": compare,
    "dates": lambda run: (run.start_day, run.end_day, run.first_year, run.last_year, run.share, run.scenario),
}
"""Calls that read a run."""

WAYS = (*COMMANDS, *CALLS)
COSTLY = ("reproduce",)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("place"), "run", "out", ".run.lock", ".out.lock", ".run.partial")


def read(place: Place, way: str, other: Path, scenario: Path) -> int:
    """Read the run at `place` in one way; return the exit code."""
    run = place.here / "run"
    if way in CALLS:
        CALLS[way](Results(run))
        return 0
    words, allowed = COMMANDS[way]
    places = {"RUN": run, "OUT": place.here / "out", "OTHER": other, "SCENARIO": scenario}
    code = command([places.get(word, word) for word in words], allowed=allowed)
    if code and way != "export over it":
        assert not (place.here / "out").exists(), "something was written of a run that was refused"
    return code


def a_way(draw: random.Random) -> str:
    """Draw how a run is read; rarely in a way that takes a run."""
    way = draw.choice(WAYS)
    return way if way not in COSTLY or draw.random() < 0.2 else "verify"


def test_manifests(fuzzed: Callable[..., Tally], place: Place, whole: Results, tmp_path: Path, scenario: Path) -> None:
    exported = export_parquet(whole, tmp_path / "exported")
    bytes_of = {folder: (folder / MANIFEST).read_bytes() for folder in (whole.path, exported)}

    def make(draw: random.Random) -> tuple[Path, str, bytes]:
        folder = draw.choice([whole.path, whole.path, exported])
        data = bytes_of[folder]
        if draw.random() < 0.8:
            data = harness.resealed(harness.json_damaged(draw, json.loads(data)))
        else:
            data = harness.damaged(draw, data)
        return folder, a_way(draw), data

    def target(made: tuple[Path, str, bytes]) -> int:
        folder, way, data = made
        place.enter()
        place.clear()
        (place.put(folder, "run") / MANIFEST).write_bytes(data)
        try:
            return read(place, way, whole.path, scenario)
        finally:
            place.hold()

    fuzzed("manifest", make, target)


# ---- Tables -------------------------------------------------------------------------------------------------------------


def table_damaged(draw: random.Random, table: pa.Table) -> pa.Table:
    """Return a table in which columns or rows are others than they should be."""
    k = draw.randrange(table.num_columns)
    name, column = table.schema.field(k).name, table.column(k)
    kind = draw.randrange(12)
    if kind == 0:
        return table.remove_column(k)
    if kind == 1:
        names = list(table.column_names)
        names[k] = draw.choice(["x", "", "\x1b[31m", names[draw.randrange(len(names))], "é" * 300])
        return table.rename_columns(names)
    if kind == 2:
        return table.slice(0, draw.choice([0, 0, 1, table.num_rows // 2]))
    if kind == 3:
        return pa.concat_tables([table, table.slice(draw.randrange(table.num_rows + 1))])
    if kind == 4:
        order = list(range(table.num_rows))
        draw.shuffle(order)
        return table.take(pa.array(order, pa.int64()))
    if kind == 5:
        missing = pa.nulls(table.num_rows, column.type)
        return table.set_column(k, table.schema.field(k).with_nullable(draw.random() < 0.5), missing)
    if kind == 6:
        return table.append_column(draw.choice(["x", name]), column)
    if kind == 7:
        return table.replace_schema_metadata({b"stepdown": draw.randbytes(20)})
    values = column.to_pylist()
    if kind == 8:
        return table.set_column(k, name, pa.array([str(value) for value in values], pa.string()))
    some = {draw.randrange(len(values)) for _ in range(draw.choice([1, 10]))} if values else set()
    for row in some:
        values[row] = extreme(draw, column.type)
    return table.set_column(k, table.schema.field(k), pa.array(values, column.type))


def extreme(draw: random.Random, kind: pa.DataType) -> Any:
    """Return a value that a column of this type can hold and that it hardly should."""
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        return draw.choice([None, "", "x", "\x1b[2J", "é" * 1000, "England", "admitted"])
    if pa.types.is_boolean(kind):
        return draw.choice([None, True, False])
    if pa.types.is_floating(kind):
        return draw.choice([None, float("nan"), float("inf"), -1.0, 1e308, 0.0])
    if pa.types.is_integer(kind):
        wide, signed = kind.bit_width, pa.types.is_signed_integer(kind)
        low, high = (-(1 << wide - 1), (1 << wide - 1) - 1) if signed else (0, (1 << wide) - 1)
        return draw.choice([None, low, high, 0, 1, 1000 % high])
    return draw.choice([None, 0, 1, (1 << 31) - 1, -(1 << 31)])


def rewritten(draw: random.Random, path: Path) -> None:
    """Write a table again, changed, as a file that can be read."""
    if path.suffix == ".parquet":
        changed = table_damaged(draw, pq.read_table(path))
        # Parquet can't hold what is missing where a column says that nothing is.
        fields = [field.with_nullable(True) for field in changed.schema]
        pq.write_table(pa.Table.from_arrays(changed.columns, schema=pa.schema(fields, changed.schema.metadata)), path)
        return
    with pa.OSFile(str(path)) as file:
        changed = table_damaged(draw, pa.ipc.open_file(file).read_all())
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, changed.schema) as out:
        out.write_table(changed)


def test_tables(fuzzed: Callable[..., Tally], place: Place, whole: Results, tmp_path: Path, scenario: Path) -> None:
    exported = export_parquet(whole, tmp_path / "exported")
    names = {folder: data_of(folder) for folder in (whole.path, exported)}

    def make(draw: random.Random) -> tuple[Path, str, random.Random]:
        return draw.choice([whole.path, whole.path, exported]), a_way(draw), draw

    def target(made: tuple[Path, str, random.Random]) -> int:
        folder, way, draw = made
        place.enter()
        place.clear()
        run = place.put(folder, "run")
        kind = draw.randrange(10)
        if kind == 0:
            tree_damaged(draw, run, names[folder])
        else:
            file = run / draw.choice(names[folder])
            if kind == 1:
                swap(file, run / draw.choice(names[folder]))
            elif kind < 5 or file.suffix == ".toml":
                file.write_bytes(harness.damaged(draw, file.read_bytes()))
            else:
                rewritten(draw, file)
            if draw.random() < 0.9:
                manifest = json.loads((run / MANIFEST).read_text())
                for name in manifest["files"]:
                    if (run / name).is_file():
                        manifest["files"][name] |= facts_of(run / name)
                (run / MANIFEST).write_bytes(harness.resealed(manifest))
        try:
            return read(place, way, whole.path, scenario)
        finally:
            place.hold()

    fuzzed("tables", make, target)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_whole_is_read_in_every_way(way: str, place: Place, whole: Results, scenario: Path) -> None:
    """The targets would find nothing if a way refused everything; some refuse this run for what it is, not for damage."""
    place.clear()
    place.put(whole.path, "run")
    refuses = {"validate-model": 8, "reproduce": 2, "indicators of two": 2}
    assert read(place, way, whole.path, scenario) == refuses.get(way, 0)
