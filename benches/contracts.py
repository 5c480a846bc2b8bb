"""What contracts, programmes and closed wards come to: the tables of docs/money.md, from the folder of a sweep that keeps whole runs.

    stepdown sweep run four.toml --out sweeps/four       # with keep = ["run"]
    python benches/contracts.py sweeps/four --years 2026 2033

Prints for each figure its mean over the years and replicates of the base, and the difference of each other scenario from it in pairs,
with the 95% t interval. Money is in £m a year.
"""

from __future__ import annotations

import argparse
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from stepdown.results import Results

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

MILLION = 1e8
"""Pence of a million pounds."""
RUN = re.compile(r"(?P<scenario>.+)-d(?P<draw>\d+)-r(?P<replicate>\d+)")
"""How a sweep names the folder of a run."""


class Figures:
    """The tables of a run in some years."""

    def __init__(self, path: Path, first: int, last: int) -> None:
        self.run, self.first, self.last = Results(path), first, last

    def table(self, name: str) -> pd.DataFrame:
        """Return the rows of the years."""
        rows = self.run.table(name).to_pandas()
        return rows[rows["year"].between(self.first, self.last)]

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """The indicators of the years."""
        return self.table("indicators")

    @cached_property
    def years(self) -> int:
        """How many years."""
        return self.last - self.first + 1

    def mean(self, name: str, group: str = "all", level: str = "all", *, weighted: bool = False) -> float:
        """Return the mean over years of an indicator of England, weighted by what it is a mean of."""
        rows = self.indicators
        rows = rows[(rows["indicator"] == name) & (rows["group"] == group) & (rows["level"] == level)]
        rows = rows[rows["area"] == "England"]
        weights = rows["denominator"] if weighted else None
        return float(np.average(rows["value"], weights=weights)) if len(rows) else 0.0

    def collaboratives(self, column: str) -> float:
        """Return a column of the collaboratives' contracts, a year."""
        rows = self.table("contracts")
        return float(rows[rows["commissioner"] != "NHS England"][column].sum()) / self.years

    def reserve(self) -> float:
        """Return what collaboratives have kept at the end."""
        rows = self.table("contracts")
        rows = rows[(rows["commissioner"] != "NHS England") & (rows["year"] == self.last)]
        return float(rows["reserve"].sum()) / MILLION

    def surplus(self) -> float:
        """Return what providers keep."""
        rows = self.table("accounts")
        rows = rows[rows["party_kind"] == "provider"]
        side = rows.groupby("side", observed=True)["pence"].sum()
        return float(side["income"] - side["spending"]) / MILLION / self.years

    def orders(self, *what: str) -> float:
        """Return what was done of orders, a year."""
        rows = self.table("orders")
        return float(rows[rows["what"].isin(what)]["done"].sum()) / self.years

    def programmes(self, column: str) -> float:
        """Return a column of all programmes but commissioners' orders, a year."""
        rows = self.table("programmes")
        return float(rows[rows["programme"] != "commissioners' orders"][column].sum()) / self.years


def spending(figures: Figures, kind: str) -> float:
    """Return what payers of a kind spent on care."""
    return figures.mean("spending", "payer kind", kind) / 1e6


FIGURES: dict[str, Callable[[Figures], float]] = {
    "collaboratives spend": lambda f: spending(f, "collaborative"),
    "NHS England": lambda f: spending(f, "NHS England"),
    "aftercare funders": lambda f: spending(f, "aftercare"),
    "justice": lambda f: spending(f, "justice"),
    "spot purchase": lambda f: f.mean("spending", "spend", "spot purchase") / 1e6,
    "providers' surplus": Figures.surplus,
    "cash released": lambda f: f.collaboratives("cash_released") / MILLION,
    "notional saving": lambda f: f.collaboratives("notional_saving") / MILLION,
    "collaboratives' reserves at the end": Figures.reserve,
    "programmes spent": lambda f: f.programmes("spent") / MILLION,
    "beds that commissioners closed (beds a year)": lambda f: -f.orders("close beds"),
    "beds that they opened": lambda f: f.orders("open beds"),
    "supported places that they bought (a year)": lambda f: f.orders("supported places"),
    "room in teams that they bought (people a year)": lambda f: f.orders("forensic teams", "mainstream teams"),
    "beds, medium and low": lambda f: f.mean("beds", "tier", "medium secure") + f.mean("beds", "tier", "low secure"),
    "ready to leave, medium and low secure (patients)": lambda f: (
        f.mean("ready", "tier", "medium secure") + f.mean("ready", "tier", "low secure")
    ),
    "... for want of a place": lambda f: f.mean("ready_no_place"),
    "... for want of funding": lambda f: f.mean("ready_no_funding"),
    "stay, medium (mean days of those who leave)": lambda f: f.mean(
        "stay_mean", "tier", "medium secure", weighted=True
    ),
    "stay, low": lambda f: f.mean("stay_mean", "tier", "low secure", weighted=True),
    "occupied beds": lambda f: f.mean("patients"),
    "waiting for a medium or low secure bed (people)": lambda f: (
        f.mean("waiting", "tier", "medium secure") + f.mean("waiting", "tier", "low secure")
    ),
    "waiting for high secure care (people)": lambda f: f.mean("waiting", "tier", "high secure"),
    "prisoners waiting for hospital": lambda f: f.mean("prisoners_waiting"),
    "transfers from prison a year": lambda f: f.mean("transfers"),
    "placed out of area (patients)": lambda f: f.mean("placed_out_of_area"),
    "in supported places (people)": lambda f: f.mean("supported_places_taken"),
    "followed by forensic teams (people)": lambda f: f.mean("forensic_team_places_taken"),
    "readmitted within a year (%)": lambda f: 100 * f.mean("readmitted_1_year", weighted=True),
}


def measured(folder: Path, first: int, last: int) -> dict[str, dict[int, list[float]]]:
    """Return every figure of each run, by scenario and replicate, in the order of the folders."""
    found: dict[str, dict[int, list[float]]] = {}
    for path in sorted((folder / "runs").iterdir()):
        name = RUN.fullmatch(path.name)
        if name and (path / "manifest.json").exists():
            figures = Figures(path, first, last)
            values = [figure(figures) for figure in FIGURES.values()]
            found.setdefault(name["scenario"], {})[int(name["replicate"])] = values
    return found


def interval(differences: NDArray[np.float64]) -> str:
    """Return the mean and half the width of its 95% t interval."""
    n = len(differences)
    half = float(stdtrit(n - 1, 0.975)) * differences.std(ddof=1) / np.sqrt(n) if n > 1 else float("nan")
    digits = 1 if abs(differences.mean()) < 10 else 0
    return f"{differences.mean():+,.{digits}f} ± {half:,.{digits}f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweep", type=Path, help="folder of a sweep that keeps whole runs")
    parser.add_argument("--years", type=int, nargs=2, default=(2026, 2033), help="first and last financial year")
    parser.add_argument("--base", default="baseline", help="the scenario that the others are compared with")
    arguments = parser.parse_args()
    found = measured(arguments.sweep, *arguments.years)
    base = found.pop(arguments.base)
    print("| |", " | ".join([arguments.base, *found]), "|")
    print("| --- " * (len(found) + 2) + "|")
    for k, name in enumerate(FIGURES):
        cells = [f"{np.mean([values[k] for values in base.values()]):,.1f}"]
        for runs in found.values():
            pairs = sorted(set(base) & set(runs))
            cells.append(interval(np.array([runs[r][k] - base[r][k] for r in pairs])))
        print(f"| {name} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
