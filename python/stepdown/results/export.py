"""Exports a run: every table as Parquet, with or without statistical disclosure control."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stepdown.atomic import StagedDir, write_text, written
from stepdown.errors import CorruptError, UsageError
from stepdown.numbers import whole
from stepdown.results.indicators import INDICATORS
from stepdown.results.layout import OWN, PERSONAL, TABLES, YEARLY, gap, misfit
from stepdown.results.manifest import of_another_version
from stepdown.results.manifest_seal import sealed
from stepdown.results.run import MANIFEST, Results, digest, read_file

if TYPE_CHECKING:
    from typing import Any

__all__ = ["export_parquet", "write_parquet"]

COUNTED = ("people", "beds", "places", "charges", "receptions")
"""Units of columns that are counts of people or of what happened to them."""


def write_parquet(table: pa.Table, path: Path) -> dict[str, Any]:
    """Write a table as Parquet, sync it, and return its rows, bytes and SHA-256."""
    with written(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", use_dictionary=True)
    return {"rows": table.num_rows, "bytes": path.stat().st_size, "sha256": digest(path)}


def _round(values: np.ndarray[Any, np.dtype[np.float64]], to: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Round to the nearest multiple, halves up."""
    return np.floor(values / to + 0.5) * to


def _rounded_counts(table: pa.Table, to: int) -> pa.Table:
    for k, field in enumerate(table.schema):
        unit = (field.metadata or {}).get(b"unit", b"").decode()
        if unit in COUNTED:
            rounded = _round(table[field.name].to_numpy().astype(np.float64), to)
            table = table.set_column(k, field, pa.array(rounded.astype(np.int64)).cast(field.type))
    return table


def _rounded_indicators(table: pa.Table, to: int) -> pa.Table:
    """Round totals; take shares of rounded numbers; drop what was taken over fewer than `to`."""
    unit = {i.name: i.unit for i in INDICATORS}
    personal = {i.name for i in INDICATORS if i.facts not in ("money", "care")}
    names = table["indicator"].to_pylist()
    units = np.array([unit[name] for name in names])
    counted = np.array([name in personal for name in names])
    value = table["value"].to_numpy().copy()
    denominator = table["denominator"].to_numpy(zero_copy_only=False).copy()
    total = np.isnan(denominator)
    rounded = _round(denominator, to)
    value[counted & total] = _round(value[counted & total], to)
    share = counted & ~total & (units == "share") & (rounded > 0)
    value[share] = np.minimum(_round(value[share] * denominator[share], to) / rounded[share], 1.0)
    keep = ~counted | total | (denominator >= to)
    denominator[counted] = rounded[counted]
    table = table.set_column(5, table.schema.field(5), pa.array(value))
    table = table.set_column(6, table.schema.field(6), pa.array(denominator, mask=total))
    return table.filter(pa.array(keep))


def export_parquet(run: Results, out: Path | str, *, rounding: int | None = None, overwrite: bool = False) -> Path:
    """Write every table of a run as Parquet, completely or not at all.

    Parameters
    ----------
    run
        What to hand on.
    out
        Folder to write: ``events/2024.parquet`` and so on, ``ledger.parquet``, and a manifest.
    rounding
        Statistical disclosure control: counts of people are rounded to this multiple, shares are taken of rounded numbers,
        means over fewer people are left out, and so are the tables with a row per event, stay or person.
    overwrite
        Whether an earlier export at `out` is replaced.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        `rounding` is below 2; or `out` is there already, is the run itself, or lies inside the folder of a run.
    CorruptError
        A file of the run is not as its manifest or the schema says: nothing is written.
    """
    rounding = None if rounding is None else whole("rounding", rounding, 2)
    source, place = run.path.resolve(), Path(out).resolve()
    if place == source or place in source.parents:
        message = f"{out}: it holds the run that is exported; choose another folder"
        raise UsageError(message)
    run.check()
    with StagedDir(Path(out), overwrite=overwrite) as staged:
        files: dict[str, Any] = {}
        for name in (*TABLES, *run.own):
            if rounding is not None and name in PERSONAL:
                continue
            yearly = name in YEARLY or name in OWN
            if yearly:
                (staged.path / name).mkdir()
            for source in run.files(name):
                target = Path(name) / f"{source.stem}.parquet" if yearly else Path(source.name)
                table = read_file(source)
                run.hold_rows(source, table.num_rows)
                if (wrong := misfit(name, table.schema) or gap(name, table)) is not None:
                    message = f"{source}: {wrong}{of_another_version(run.manifest)}"
                    raise CorruptError(message)
                if rounding is not None:
                    table = (_rounded_indicators if name == "indicators" else _rounded_counts)(table, rounding)
                files[str(target)] = {"table": name} | write_parquet(table, staged.path / target)
        manifest = run.manifest | {"files": files, "rounding": rounding}
        write_text(staged.path / MANIFEST, sealed(manifest))
    return staged.target
