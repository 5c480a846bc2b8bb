"""Writes the records for reviewers: `docs/records.md` from `docs/records.toml`, and the logs of assumptions and sources from the evidence."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stepdown.evidence import Evidence

DOCS = Path(__file__).parent
STATUSES = ("filled", "part", "not applicable")

CROWN = "Open Government Licence 3.0"
PARLIAMENT = "Open Parliament Licence 3.0"
FACTS = "single figures are cited; the publisher's own terms"
CROWN_PUBLISHERS = (
    r"Mental Health Act 20|impact assessment|Ministry of Justice|Home Office|NHS Digital|NHS England, t|National Statistics"
    r"|NHS Information Centre|KH03|Care Quality Commission|Inspectorate of Prisons"
)
LICENCES = (
    (r"^(A|K)$", "the project's own, MIT"),
    (r"[Ww]ritten (parliamentary )?answer|Hansard|House of (Lords|Commons)", PARLIAMENT),
    (CROWN_PUBLISHERS, CROWN),
)  # fmt: skip
"""Licences by what a publication says of itself: the first that matches; others have their publisher's terms."""


ADDRESSES = {
    "L5": "https://doi.org/10.1007/s00127-017-1473-y",
    "L6": "https://doi.org/10.3389/fpsyt.2018.00140",
    "L23": "https://pmc.ncbi.nlm.nih.gov/articles/PMC6642988/",
    "L27": "https://doi.org/10.1192/bjp.bp.106.029215",
    "L31": "https://pubmed.ncbi.nlm.nih.gov/29353176/",
    "L36": "https://doi.org/10.1186/s12888-015-0433-x",
    "L38": "https://doi.org/10.1192/bjo.2020.35",
    "W9": "https://doi.org/10.1093/schbul/sbr148",
    "L26": "https://doi.org/10.1192/bjp.bp.114.149997",
    "L106": "https://pmc.ncbi.nlm.nih.gov/articles/PMC5451649/",
    "L107": "https://pmc.ncbi.nlm.nih.gov/articles/PMC5376727/",
    "L109": "https://pmc.ncbi.nlm.nih.gov/articles/PMC6472308/",
}
"""DOIs and addresses of sources, where their entries don't hold one."""

COLLECTIONS = (
    (r"[Ww]ritten (parliamentary )?answer", "https://questions-statements.parliament.uk"),
    (r"Hansard|House of Lords committee", "https://hansard.parliament.uk"),
    (r"Mental Health Act 2025", "https://www.legislation.gov.uk"),
    (r"National Statistics", "https://www.ons.gov.uk"),
    (r"NHS Digital|NHS Information Centre", "https://digital.nhs.uk"),
    (r"NHS England, t|KH03", "https://www.england.nhs.uk"),
    (r"Care Quality Commission", "https://www.cqc.org.uk"),
    (r"National Audit Office", "https://www.nao.org.uk"),
    (r"Ministry of Justice|Home Office|impact assessment", "https://www.gov.uk"),
)
"""Where the collection that a publication belongs to is kept, by what the publication says of itself."""


def licence(key: str, publication: str) -> str:
    """Return under which licence a source's figures are used."""
    quoted = re.search(r"as (quoted|reported|shown|published) by|, as quoted|BBC|HSJ", publication)
    for pattern, name in LICENCES:
        if re.search(pattern, key) or (not quoted and re.search(pattern, publication)):
            return name
    return FACTS


def address(key: str, publication: str) -> str:
    """Return the DOI or address of a publication, or else of its collection; what is not on record is said to be missing."""
    if key in ("A", "K"):
        return "the notes of the parameters"
    if key in ADDRESSES:
        return ADDRESSES[key]
    if found := re.search(r"doi (10\.\S+?)[\s)]*( \(|$)", publication):
        return f"https://doi.org/{found[1]}"
    if found := re.search(r"PMC\d+", publication):
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{found[0]}/"
    if found := re.search(r"\b((?:[\w-]+\.)+(?:org|com|uk|io))\b", publication):
        return found[1]
    collection = next((where for pattern, where in COLLECTIONS if re.search(pattern, publication)), None)
    return f"collection: {collection}" if collection else "none on record: by its title"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table of Markdown."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for row in rows:
        cells = (cell.replace("|", "\\|") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def load() -> list[dict[str, Any]]:
    """Return the records, each with title, standard and items (number, name, status, text)."""
    found: list[dict[str, Any]] = tomllib.loads((DOCS / "records.toml").read_text(encoding="utf-8"))["record"]
    return found


def page(records: Sequence[Mapping[str, Any]]) -> str:
    """Return the page of records."""
    lines = [
        "# Records for reviewers",
        "",
        "Written by `make records` from `docs/records.toml`. Each item is *filled*, filled in *part*, or *not applicable*; a test fails where one",
        "is empty.",
        "",
    ]
    rows = []
    for record in records:
        counts = Counter(status for _, _, status, _ in record["items"])
        rows.append([f"[{record['title']}](#{anchor(record['title'])})", *(str(counts[status]) for status in STATUSES)])
    lines += table(("record", *STATUSES), rows)
    for record in records:
        lines += ["", f"## {record['title']}", "", f"{record['standard']}. {record.get('note', '')}".rstrip(), ""]
        lines += table(("item", "asks for", "status", "answer"), record["items"])
    lines += [
        "",
        "## Assumptions and sources",
        "",
        "`make records` also writes two logs from the evidence for the reference of the site, which are on [the site](howto.md#read-the-documentation-as-a-site):",
        "every assumption, rated by the quality of what it rests on and by its influence on the headline results; and every source, with the",
        "licence under which its figures are used and its DOI or address, or that none is on record. `stepdown explain ID` says the same of one number.",
        "",
        "Prices are in pounds sterling of 2023/24 in the world of 2024; [the world of 2013](world-2013.md) has its own.",
        "",
    ]
    return "\n".join(lines)


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def influence(effects: Sequence[Any]) -> str:
    """Return how much a parameter moves the headline results, in a word."""
    if not effects:
        return "not measured"
    if not any(effect.clear for effect in effects):
        return "none seen"
    rank = effects[0].rank
    return f"high (rank {rank})" if rank <= 20 else f"medium (rank {rank})" if rank <= 100 else f"low (rank {rank})"


def assumptions(evidence: Evidence) -> str:
    """Return the log of assumptions: each with quality and influence, the most influential first."""
    from stepdown.evidence import ranking

    ranked = ranking.read()
    order = {id: place for place, id in enumerate(ranked)}
    quality = {"H": "high", "M": "medium", "L": "low"}
    rows = [
        [f"`{p.id}`", p.name, f"{p.value:g} {p.unit}", "fixed" if p.low == p.high else f"{p.low:g} to {p.high:g}",
         quality[p.confidence], influence(ranked.get(p.id, ())), p.note or "its name says it"]
        for p in sorted(evidence.parameters.values(), key=lambda p: (order.get(p.id, len(order)), p.id))
        if p.keys[0] == "A"
    ]  # fmt: skip
    told = (
        f"{len(rows)} of {len(evidence.parameters)} parameters are assumptions, or arithmetic on a source. *Quality* is the confidence of the row: high "
        "(seen), medium (derived or old), low (judgement). *Influence* is its rank among all parameters by what it moves of the headline results, high up "
        "to 20 and medium up to 100; *none seen* where nothing stands out of the noise."
    )
    return "\n".join(
        [
            "# Log of assumptions",
            "",
            told,
            "",
            *table(("id", "what", "value", "range", "quality", "influence", "reasoning"), rows),
            "",
        ]
    )


def sources(evidence: Evidence) -> str:
    """Return the log of sources: each with licence, and DOI or address."""
    used = Counter(key for p in evidence.parameters.values() for key in p.keys)
    rows = [
        [key, text, str(used[key]), licence(key, text), address(key, text)] for key, text in evidence.sources.items()
    ]
    told = (
        "Only aggregate figures are taken from any source, no records of persons. A licence is that of the collection that the publication belongs to, as "
        "its title says; it was not looked up for each. Where no DOI or address is on record, that of the collection stands instead, or none."
    )
    return "\n".join(
        [
            "# Log of sources",
            "",
            told,
            "",
            *table(("key", "publication", "parameters", "licence", "DOI or address"), rows),
            "",
        ]
    )


def write(folder: Path) -> None:
    """Write the logs into a folder, and the page of records."""
    from stepdown import evidence

    loaded = evidence.load()
    folder.mkdir(exist_ok=True)
    for name, text in {"assumptions": assumptions(loaded), "sources": sources(loaded)}.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (DOCS / "records.md").write_text(page(load()), encoding="utf-8")


if __name__ == "__main__":
    write(DOCS / "reference")
