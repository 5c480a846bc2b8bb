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

__all__ = ["codes", "columns", "options", "philox", "schema", "version"]

def version() -> str: ...
def schema() -> list[_Table]: ...
def codes() -> dict[str, list[tuple[int, str, str]]]: ...
def columns() -> list[tuple[str, str, str]]: ...
def options() -> dict[str, list[str]]: ...
def philox(key: Sequence[int], counter: Sequence[int]) -> list[int]: ...
