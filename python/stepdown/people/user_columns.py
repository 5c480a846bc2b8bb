"""User columns and user attributes in the output: their values at the close of each financial year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from stepdown.atomic import written
from stepdown.people.columns import UNIX
from stepdown.results.run import OWN, digest

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.people.readout import People

__all__ = ["described", "keep", "tables"]

PATIENTS, AGENTS = OWN

_OF_AGENTS = pa.schema(
    [
        pa.field("day", pa.date32(), metadata={"description": "Close of which day.", "unit": "date"}),
        pa.field("kind", pa.string(), metadata={"description": "Kind of agent.", "unit": "word"}),
        pa.field("agent", pa.string(), metadata={"description": "Name of the agent.", "unit": "word"}),
        pa.field("attribute", pa.string(), metadata={"description": "Name of the attribute.", "unit": "word"}),
        pa.field("value", pa.float64(), metadata={"description": "Value, in the attribute's unit.", "unit": "its own"}),
    ]
)


def tables(model: People) -> dict[str, pa.Table]:
    """Return the user columns and user attributes at the close of the last day: a table of each that there are."""
    found: dict[str, pa.Table] = {}
    close = model.core.day - 1 - UNIX
    if model.caseload.own:
        people = model.caseload.to_arrow(columns=["person", *model.caseload.own])
        day = pa.field("day", pa.date32(), metadata={"description": "Close of which day.", "unit": "date"})
        days = pa.array(np.full(people.num_rows, close, dtype=np.int32)).cast(pa.date32())
        found[PATIENTS] = people.add_column(1, day, days)
    rows: list[tuple[int, str, str, str, float]] = [
        (close, agent.kind, agent.name, name, float(getattr(agent, name)))
        for agents in model.institutions.values()
        for agent in agents
        for name in type(agent).user_attributes()
    ]
    if rows:
        columns = zip(*rows, strict=True)
        arrays = [pa.array(list(values)) for values in columns]
        cast = [array.cast(pa.int32()) if k == 0 else array for k, array in enumerate(arrays)]
        found[AGENTS] = pa.table(
            [array.cast(field.type) for array, field in zip(cast, _OF_AGENTS, strict=True)], _OF_AGENTS
        )
    return found


def keep(model: People, folder: Path, year: int, metadata: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Write user columns and attributes into a run's folder at the close of a year; return each file with its facts.

    `metadata` is added to the schema of each table.
    """
    files: dict[str, dict[str, Any]] = {}
    for name, plain in tables(model).items():
        table = plain.replace_schema_metadata((plain.schema.metadata or {}) | metadata)
        path = folder / name / f"{year}.arrow"
        path.parent.mkdir(exist_ok=True)
        with (
            written(path) as aside,
            pa.OSFile(str(aside), "wb") as sink,
            pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as file,
        ):
            file.write_table(table)
        files[f"{name}/{year}.arrow"] = {
            "table": name,
            "rows": table.num_rows,
            "bytes": path.stat().st_size,
            "sha256": digest(path),
        }
    return files


def described(model: People) -> dict[str, Any]:
    """Return the manifest's entry for user columns and attributes: name, type, unit, default and meaning of each."""
    agents = {
        f"{agent.kind}.{name}": declared
        for some in model.institutions.values()
        for agent in some
        for name, declared in type(agent).user_attributes().items()
    }
    return {
        kind: {
            name: {
                "type": type(own.default).__name__,
                "unit": own.unit,
                "default": own.default,
                "description": own.meaning,
            }
            for name, own in declared.items()
        }
        for kind, declared in (("patients", model.caseload.own), ("agents", agents))
        if declared
    }
