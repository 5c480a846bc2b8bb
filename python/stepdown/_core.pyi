# The engine of stepdown. Use it through `stepdown.SecureCareModel` and `stepdown.run`.

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Literal, TypedDict, final, type_check_only

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Batch",
    "Inflow",
    "Logged",
    "Rows",
    "Simulation",
    "View",
    "answers",
    "calendar",
    "caseload_column",
    "caseload_columns",
    "caseload_row",
    "caseload_rows",
    "codes",
    "columns",
    "declare_column",
    "evaluate",
    "groups",
    "levers",
    "nullable",
    "option_columns",
    "options",
    "parse_term",
    "past",
    "phases",
    "philox",
    "population_column",
    "population_columns",
    "schema",
    "shuffled",
    "snapshot_head",
    "source",
    "version",
    "vocabulary",
    "words",
    "write_column",
]

@type_check_only
class Described(TypedDict):
    name: str
    kind: Literal["identity", "word", "flag", "date", "count", "number"]
    unit: str
    vocabulary: str | None
    description: str

@type_check_only
class Column(TypedDict):
    name: str
    type: str
    nullable: bool
    unit: str
    vocabulary: str | None
    description: str

@type_check_only
class Table(TypedDict):
    table: str
    description: str
    columns: list[Column]

@type_check_only
class Written(TypedDict):
    rows: int
    bytes: int
    sha256: str

@type_check_only
class Counts(TypedDict):
    started: int
    cases: int
    events: int
    decisions: int
    anomalies: int
    person_days: int

@type_check_only
class Evaluated(TypedDict):
    inputs: list[tuple[str, float]]
    rows: list[tuple[int, str, str, float, float]]
    scores: list[float]
    draws: list[float]
    probabilities: list[float]
    answer: int
    anomaly: bool

@type_check_only
class Head(TypedDict):
    stepdown: str
    source: str
    seed: int
    replicate: int
    day: int
    date: str
    since: int
    plan: str
    rows: int
    cases: int

@final
class Simulation:
    def __new__(
        cls,
        plan: bytes,
        *,
        seed: int,
        replicate: int,
        threads: int,
        check: bool,
        more: Sequence[tuple[int, str, int]] = ...,
        inflow: Inflow | None = None,
    ) -> Simulation: ...
    @staticmethod
    def restore(
        path: str | PathLike[str],
        *,
        plan: bytes | None = ...,
        threads: int,
        check: bool,
        folder: str | PathLike[str] | None = ...,
    ) -> Simulation: ...
    def snapshot(self, path: str | PathLike[str], files: Sequence[tuple[str, str | PathLike[str]]] = ...) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def plan(self) -> bytes: ...
    @property
    def since(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def day(self) -> int: ...
    def run_until(self, day: int, progress: Callable[[int], object] | None = None) -> None: ...
    def drain(self) -> Logged: ...
    def figures(self) -> list[dict[str, Any]]: ...
    def units(self) -> list[dict[str, Any]]: ...
    def change_beds(self, unit: int, change: int) -> None: ...
    def attribute(self, kind: str, name: str) -> list[float]: ...
    def set_attribute(self, kind: str, index: int, name: str, value: float) -> None: ...
    def timings(self) -> dict[str, float]: ...
    def counts(self) -> Counts: ...
    def answer_with(self, callable: Callable[[Batch], NDArray[Any]]) -> None: ...
    def trace(self, person: int) -> None: ...
    def traces(self) -> list[dict[str, Any]]: ...

@final
class View:
    def __len__(self) -> int: ...

@final
class Batch:
    @property
    def rule(self) -> int: ...
    @property
    def decision(self) -> str: ...
    @property
    def day(self) -> int: ...
    def __len__(self) -> int: ...
    def reads(self) -> bytes: ...
    def scores(self) -> bytearray: ...
    def allowed(self) -> bytes: ...
    def answers(self) -> bytes: ...
    def persons(self) -> bytes: ...
    def agents(self) -> bytes: ...
    def units(self) -> bytes: ...
    def choose(self, scores: NDArray[np.float64]) -> bytes: ...
    def choose_one(self, row: int, scores: Sequence[float]) -> int: ...
    def uniforms(self, stream: int) -> bytes: ...
    def write(self, column: str, values: NDArray[np.float64]) -> None: ...
    def at(self, row: int, what: str) -> str: ...

@final
class Inflow:
    @staticmethod
    def record(
        plan: bytes,
        *,
        seed: int,
        replicate: int,
        threads: int,
        progress: Callable[[int], object] | None = None,
    ) -> Inflow: ...
    @staticmethod
    def read(data: bytes) -> Inflow: ...
    def to_bytes(self) -> bytes: ...
    def check(self, plan: bytes, *, seed: int, replicate: int) -> None: ...
    @property
    def people(self) -> tuple[int, int]: ...

@final
class Logged:
    def write(self, table: str, path: str | PathLike[str], metadata: list[tuple[str, str]]) -> Written: ...
    def table(self, name: str) -> Rows: ...
    def rows(self) -> dict[str, int]: ...

@final
class Rows:
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

def source() -> str: ...
def calendar() -> tuple[int, int]: ...
def version() -> str: ...
def schema() -> list[Table]: ...
def codes() -> dict[str, list[tuple[int, str, str]]]: ...
def levers() -> list[tuple[str, str]]: ...
def columns() -> list[tuple[str, str, str]]: ...
def groups() -> dict[str, dict[str, list[str]]]: ...
def answers() -> dict[str, list[tuple[str, str, str]]]: ...
def option_columns() -> list[tuple[str, str, str]]: ...
def nullable() -> list[str]: ...
def parse_term(
    text: str, *, attributes: Sequence[str], levers: Sequence[str]
) -> list[tuple[str, list[str], int | None]]: ...
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
    allowed: Sequence[int],
    key: tuple[int, int],
    person: int,
    ordinal: int,
) -> Evaluated: ...
def options() -> dict[str, list[str]]: ...
def past(plan: bytes, day: int) -> bytes: ...
def snapshot_head(path: str | PathLike[str]) -> Head: ...
def phases() -> list[tuple[str, str]]: ...
def philox(key: Sequence[int], counter: Sequence[int]) -> list[int]: ...
def caseload_rows(simulation: Simulation) -> View: ...
def caseload_row(simulation: Simulation, person: int) -> int | None: ...
def caseload_column(simulation: Simulation, name: str, rows: NDArray[np.uint32]) -> View: ...
def caseload_columns() -> list[Described]: ...
def declare_column(simulation: Simulation, name: str, default: bool | float) -> None: ...
def write_column(simulation: Simulation, name: str, rows: NDArray[np.uint32], values: NDArray[Any]) -> None: ...
def population_column(simulation: Simulation, name: str) -> View: ...
def population_columns() -> list[Described]: ...
def shuffled(simulation: Simulation, ids: NDArray[np.int64], ordinal: int) -> View: ...
def words(simulation: Simulation, vocabulary: str) -> list[str]: ...
