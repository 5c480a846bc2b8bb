"""Finds rules that draw from other generators than the keyed one: such a run is not safe for paired comparison."""

from __future__ import annotations

import dis
import inspect
import random
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["RngWatch", "drawn_in", "writes"]

GENERATORS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)
MODULES = ("random", "numpy.random", "secrets")
_OF_MODEL = ("random", "rng")
_LOADS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"}
_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD"}
_STATE = {"STORE_GLOBAL", "DELETE_GLOBAL"}


def _is_chance(found: object) -> bool:
    """Whether something is a generator, or draws from one."""
    if isinstance(found, GENERATORS):
        return True
    if isinstance(found, ModuleType):
        return found.__name__ in MODULES
    if isinstance(found, MethodType | BuiltinFunctionType) and isinstance(found.__self__, GENERATORS):
        return True
    home = getattr(found, "__module__", None) or ""
    return callable(found) and (home in MODULES or home.startswith("numpy.random."))


def _code(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a function and of what is defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)


def _loaded(function: FunctionType) -> Iterator[tuple[str, object]]:
    """Yield what a function names, as far as it can be told before it runs: the words, and the thing."""
    outside = inspect.getclosurevars(function)
    known = {**outside.globals, **outside.nonlocals}
    for code in _code(function.__code__):
        name, found = "", None
        for step in dis.get_instructions(code):
            if step.opname in _LOADS:
                name, found = str(step.argval), known.get(step.argval, function.__globals__.get(step.argval))
                yield name, found
            elif step.opname == "IMPORT_NAME" and step.argval in MODULES:
                yield str(step.argval), random
            elif step.opname in _ATTRIBUTES and found is not None:
                name = f"{name}.{step.argval}"
                if isinstance(found, mesa.Model) and step.argval in _OF_MODEL:
                    yield name, random
                found = getattr(found, str(step.argval), None) if isinstance(found, ModuleType) else None
                if found is not None:
                    yield name, found
            elif step.opname != "PUSH_NULL":
                name, found = "", None


def _package(function: FunctionType) -> str:
    return (function.__module__ or "").partition(".")[0]


def drawn_in(rule: Callable[..., Any]) -> str | None:
    """Return what a rule, or a function of its package that it calls, would draw from; nothing if nothing is seen."""
    seen: set[object] = set()
    left: list[object] = [rule]
    while left:
        function = left.pop()
        if not isinstance(function, FunctionType) or function in seen:
            continue
        seen.add(function)
        home = _package(function)
        defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
        for name, found in [*_loaded(function), *(("a default value", value) for value in defaults)]:
            if _is_chance(found):
                return name
            if isinstance(found, FunctionType) and _package(found) == home:
                left.append(found)
    return None


def writes(rule: FunctionType) -> str | None:
    """Return the variable outside of a rule that it sets; nothing if it sets none."""
    for code in _code(rule.__code__):
        for step in dis.get_instructions(code):
            outer = step.opname == "STORE_DEREF" and step.argval in rule.__code__.co_freevars
            if step.opname in _STATE or outer:
                return str(step.argval)
    return None


class RngWatch:
    """Notes whether generators that anybody can reach have moved while the engine lived days.

    Between two looks only rules run in Python, so that it was one of them.
    """

    def __init__(self, model: mesa.Model) -> None:
        self._model = model
        self._before = self._look()

    def _look(self) -> dict[str, object]:
        legacy: Any = np.random.get_state(legacy=False)  # noqa: NPY002 (others may draw from it)
        return {
            "random": random.getstate(),
            "numpy.random": (legacy["state"]["key"].tobytes(), legacy["state"]["pos"], legacy["has_gauss"]),
            "model.random": self._model.random.getstate(),
            "model.rng": self._model.rng.bit_generator.state,
        }

    def moved(self) -> str | None:
        """Return the name of a generator that has moved since it was looked at first."""
        now = self._look()
        return next((name for name, state in now.items() if state != self._before[name]), None)
