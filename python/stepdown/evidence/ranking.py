"""Reads the influence of each parameter on the headline results from ``influence.csv``, which `stepdown influence` writes."""

from dataclasses import dataclass
from pathlib import Path

from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER, number, read_rows
from stepdown.records import Record, RecordError, Sha256, Whole, parse, plain_file, typed

COLUMNS = ("id", "output", "unit", "base", "effect", "error", "share", "rank")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a parameter does to a result.

    Attributes
    ----------
    id, output, unit
        Parameter, result, and the result's unit.
    base
        The result with every parameter at its best value.
    effect
        The result with the parameter at the high end of its range, less that with it at the low end.
    error
        Standard deviation of such a difference where the parameter does nothing: what queues make of the least change.
    share
        Part of the spread (variance) of the result over all parameters that this one makes, by itself and beyond noise.
    rank
        Place of the parameter by its share over all results, 1 the greatest.
    """

    id: str
    output: str
    unit: str
    base: float
    effect: float
    error: float
    share: float
    rank: int

    @property
    def clear(self) -> bool:
        """Whether the effect stands out of the noise: three of its standard deviations, since there are many results."""
        return abs(self.effect) > 3 * self.error


def read(folder: Path = FOLDER, name: str = "influence.csv") -> dict[str, tuple[Effect, ...]]:
    """Return the effects of each parameter that was ranked, the most influential parameter first.

    Raises
    ------
    EvidenceError
        If the file holds something that is no number.
    """
    if not (folder / name).is_file():
        return {}
    found: dict[str, list[Effect]] = {}
    for line, row in read_rows(folder / name, COLUMNS):
        base, effect, error, share, rank = (number(row[key], f"{name}:{line}: {key}") for key in COLUMNS[3:])
        effects = found.setdefault(row["id"], [])
        effects.append(Effect(row["id"], row["output"], row["unit"], base, effect, error, share, int(rank)))
    return {id: tuple(effects) for id, effects in sorted(found.items(), key=lambda item: item[1][0].rank)}


class MadeBy(Record, extra="forbid"):
    """How a ranking was made.

    Attributes
    ----------
    command
        The command that makes it again.
    digest, evidence
        Of everything that a result depends on, and of the evidence.
    runs
        How many runs it took.
    refused
        Runs that can't be made, and why.
    noise
        Standard deviation of a difference where a parameter does nothing, by result.
    """

    command: str
    digest: Sha256
    evidence: Sha256
    runs: Whole
    refused: dict[str, str]
    noise: dict[str, float]


def made_by(folder: Path = FOLDER) -> MadeBy | None:
    """Return how the ranking was made; nothing if there is none.

    Raises
    ------
    EvidenceError
        The file says something else.
    """
    path = folder / "influence.json"
    try:
        return typed(MadeBy, parse(plain_file(path)))
    except FileNotFoundError:
        return None
    except RecordError as error:
        raise EvidenceError(f"{path.parent.name}/{path.name}: {error}") from None
