# The engine of stepdown. Use it through `stepdown.SecureCareModel` and `stepdown.run`.

from collections.abc import Sequence
from typing import TypedDict

class _Column(TypedDict):
    name: str
    type: str
    nullable: bool
    unit: str
    vocabulary: str | None
    description: str

class _Table(TypedDict):
    table: str
    description: str
    columns: list[_Column]

class _Evaluated(TypedDict):
    inputs: list[tuple[str, float]]
    rows: list[tuple[int, str, str, float, float]]
    scores: list[float]
    draws: list[float]
    probabilities: list[float]
    answer: int
    anomaly: bool

__all__ = ["codes", "columns", "evaluate", "option_columns", "options", "philox", "schema", "version", "vocabulary"]

def version() -> str: ...
def schema() -> list[_Table]: ...
def codes() -> dict[str, list[tuple[int, str, str]]]: ...
def columns() -> list[tuple[str, str, str]]: ...
def option_columns() -> list[tuple[str, str, str]]: ...
def vocabulary(reference: str) -> list[str] | None: ...
def evaluate(
    decision: str,
    plan: str,
    *,
    agent_columns: Sequence[str],
    levers: Sequence[str],
    case: Sequence[float],
    agent: Sequence[float],
    lever: Sequence[float],
    offers: Sequence[Sequence[float]],
    mask: int,
    key: tuple[int, int],
    person: int,
    ordinal: int,
) -> _Evaluated: ...
def options() -> dict[str, list[str]]: ...
def philox(key: Sequence[int], counter: Sequence[int]) -> list[int]: ...
