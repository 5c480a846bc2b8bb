"""Writes a run as a research object: its tables as Parquet, with an RO-Crate and a data package that describe them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepdown.atomic import StagedDir, write_text
from stepdown.results.export import export_parquet
from stepdown.results.run import MANIFEST, Results
from stepdown.results.schema import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CRATE", "PACKAGE", "export_crate"]

CRATE, PACKAGE, DATA = "ro-crate-metadata.json", "datapackage.json", "data"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "https://w3id.org/ro/crate/1.1"
LICENCE = "https://spdx.org/licenses/MIT"
TYPES = {
    "int": "integer",
    "uint": "integer",
    "float": "number",
    "double": "number",
    "bool": "boolean",
    "date": "date",
    "string": "string",
    "dictionary": "string",
}
"""Types of a data package by how a column's type begins."""


def export_crate(run: Results, out: Path | str, *, rounding: int | None = None) -> Path:
    """Write a run as a research object, completely or not at all: `data/` with every table, an RO-Crate 1.1 and a data package.

    Parameters
    ----------
    run
        What to hand on.
    out
        Folder to write; it must not be there.
    rounding
        Statistical disclosure control, as in `stepdown.results.export_parquet`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputExistsError
        `out` is there already.
    CorruptError
        A file of the run is not as its manifest says: nothing is written.
    """
    with StagedDir(Path(out), overwrite=False) as staged:
        export_parquet(run, staged.path / DATA, rounding=rounding)
        manifest = json.loads((staged.path / DATA / MANIFEST).read_text(encoding="utf-8"))
        write_text(staged.path / PACKAGE, _text(_package(manifest)))
        write_text(staged.path / CRATE, _text(_crate(manifest)))
    return staged.target


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _about(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """Return the title of a run and what it is, in one sentence."""
    told = manifest["scenario"]
    what = (
        f"Simulated data of a synthetic England by stepdown {manifest['stepdown']}: scenario {told['name']}, seed {manifest['seed']}, replicate "
        f"{manifest['replicate']}, {manifest['start']} to {manifest['end']}. No data about real persons."
    )
    rounding = manifest.get("rounding")
    return told["title"], what + (f" Counts are rounded to {rounding}." if rounding else "")


def _package(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data package: each table with its files and columns."""
    title, what = _about(manifest)
    known = {table["table"]: table for table in schema()["tables"]}
    resources: dict[str, dict[str, Any]] = {}
    for name, facts in manifest["files"].items():
        table = facts["table"]
        if table not in known:
            continue
        resource = resources.setdefault(
            table,
            {
                "name": table,
                "path": [],
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                "description": known[table]["description"],
                "schema": {"fields": [_field(column) for column in known[table]["columns"]]},
            },
        )
        resource["path"].append(f"{DATA}/{name}")
    return {
        "name": manifest["scenario"]["name"].lower().replace(" ", "-"),
        "title": title,
        "description": what,
        "licenses": [{"name": "MIT", "path": LICENCE}],
        "resources": list(resources.values()),
    }


def _field(column: Mapping[str, Any]) -> dict[str, str]:
    kind = next((word for begins, word in TYPES.items() if column["type"].startswith(begins)), "any")
    return {"name": column["name"], "type": kind, "unit": column["unit"], "description": column["description"]}


def _crate(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the RO-Crate: the folder, each file with bytes and hash, and the run that made them."""
    title, what = _about(manifest)
    files = [
        {
            "@id": f"{DATA}/{name}",
            "@type": "File",
            "name": facts["table"] or name,
            "encodingFormat": "application/vnd.apache.parquet",
            "contentSize": str(facts["bytes"]),
            "sha256": facts["sha256"],
        }
        for name, facts in manifest["files"].items()
    ]
    files.append(
        {"@id": f"{DATA}/{MANIFEST}", "@type": "File", "name": "what was run", "encodingFormat": "application/json"}
    )
    files.append({"@id": PACKAGE, "@type": "File", "name": "data package", "encodingFormat": "application/json"})
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": title,
        "description": what,
        "datePublished": datetime.now(UTC).date().isoformat(),
        "license": {"@id": LICENCE},
        "hasPart": [{"@id": file["@id"]} for file in files],
        "mentions": {"@id": "#run"},
    }
    action = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"stepdown run {manifest['scenario']['name']} --seed {manifest['seed']} --replicate {manifest['replicate']}",
        "instrument": {"@id": "#stepdown"},
        "result": {"@id": "./"},
    }
    software = {
        "@id": "#stepdown",
        "@type": "SoftwareApplication",
        "name": "stepdown",
        "softwareVersion": manifest["stepdown"],
    }
    about = {"@id": CRATE, "@type": "CreativeWork", "conformsTo": {"@id": PROFILE}, "about": {"@id": "./"}}
    licence = {"@id": LICENCE, "@type": "CreativeWork", "name": "MIT Licence"}
    return {"@context": CONTEXT, "@graph": [about, root, licence, action, software, *files]}
