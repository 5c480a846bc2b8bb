"""What a sample of England does to results: one sentence, from the measurements in ``tables/small_samples.csv``."""

from functools import cache
from pathlib import Path

from stepdown.evidence.loader import FOLDER, number, read_rows

__all__ = ["caution", "metadata"]


@cache
def _measured(folder: Path = FOLDER) -> str:
    """Return what was measured, by outcome: relative change at each share of England."""
    found: dict[str, list[str]] = {}
    for line, row in read_rows(
        folder / "tables" / "small_samples.csv", ("outcome", "share", "change", "source", "note")
    ):
        where = f"tables/small_samples.csv:{line}"
        share, change = number(row["share"], f"{where}: share"), number(row["change"], f"{where}: change")
        found.setdefault(row["outcome"], []).append(f"{change:+.0%} at {share:g}")
    return "; ".join(f"{outcome}: {', '.join(changes)}" for outcome, changes in found.items())


def caution(share: float) -> str | None:
    """Return how the results of a sample are to be read, in one sentence; nothing for all of England.

    Parameters
    ----------
    share
        Share of England that is simulated, above 0 to 1.

    Examples
    --------
    >>> caution(0.01).split(":")[0]
    'This is a sample, 0.01 of England'
    >>> caution(1.0) is None
    True
    """
    if share >= 1:
        return None
    return (
        f"This is a sample, {share:g} of England: its tables count the sample's own people, beds and money, indicators and estimands are "
        f"brought to all of England, and small pools of beds, places and teams bias waits, transfers and placements (measured, {_measured()})."
    )


def metadata(share: float) -> dict[str, str]:
    """Return what the schema of each table of a run says of its share of England.

    Examples
    --------
    >>> metadata(1.0)
    {'stepdown.share': '1'}
    """
    found = {"stepdown.share": f"{share:g}"}
    if (said := caution(share)) is not None:
        found["stepdown.sample"] = said
    return found
