"""Guard of random numbers: reports rules that draw from other generators than the engine's keyed one.

Two runs can be compared person by person only if every number is drawn by key (`Day.choose`, `Day.uniform`). `drawn_in` reads a
rule's source before the run, and `RngWatch` notices during the run that a generator has moved. Neither stops the run: the
manifest says that it is not safe for paired comparison, and names the generator.
"""

from __future__ import annotations

import ast
import inspect
import random
from functools import cache
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["RngWatch", "drawn_in", "writes"]

GENERATORS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)
MODULES = ("random", "numpy.random", "secrets")
_OF_MODEL = ("random", "rng")
UNREADABLE = "code whose source can't be read"
"""What a rule is said to draw from where its source is not there to be read, so that nothing can be ruled out."""

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _is_chance(found: object) -> bool:
    """Return whether something is a generator, or draws from one."""
    if isinstance(found, GENERATORS):
        return True
    if isinstance(found, ModuleType):
        return found.__name__ in MODULES
    if isinstance(found, MethodType | BuiltinFunctionType) and isinstance(found.__self__, GENERATORS):
        return True
    home = getattr(found, "__module__", None) or ""
    return callable(found) and (home in MODULES or home.startswith("numpy.random."))


@cache
def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def _node(function: FunctionType) -> Scope | None:
    """Return the definition of a function in the source that it comes from, or nothing if there is no source."""
    try:
        lines, _ = inspect.findsource(function)
    except (OSError, TypeError):
        return None
    tree = _tree("".join(lines))
    if tree is None:
        return None
    code = function.__code__
    for node in ast.walk(tree):
        if isinstance(node, Scope):
            first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", ()))])
            if first == code.co_firstlineno and getattr(node, "name", "<lambda>") == code.co_name:
                return node
    return None


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    yield from (one.arg for one in every if one is not None)


def _within(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function that belong to no function inside it; of those inside, the definition only."""
    left = list(ast.iter_child_nodes(scope))
    while left:
        node = left.pop()
        yield node
        if not isinstance(node, Scope | ast.ClassDef):
            left.extend(ast.iter_child_nodes(node))


def _bound(scope: Scope) -> set[str]:
    """Return the names that are local to a function: its parameters, and what it assigns, imports or defines."""
    local, elsewhere = set(_parameters(scope.args)), set[str]()
    for node in _within(scope):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.ExceptHandler(name=str(name)):
                local.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                local.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                local |= {(alias.asname or alias.name).partition(".")[0] for alias in names}
            case ast.Global(names=words) | ast.Nonlocal(names=words):
                elsewhere |= set(words)
    return local - elsewhere


class _Names(ast.NodeVisitor):
    """Collects what a function names outside of itself: the words, and the thing as far as it is known before the call."""

    def __init__(self, function: FunctionType) -> None:
        outside = inspect.getclosurevars(function)
        self._known = {**function.__globals__, **outside.globals, **outside.nonlocals}
        self._local: list[set[str]] = []
        self.found: list[tuple[str, object]] = []

    def _of(self, node: ast.expr) -> tuple[str, object]:
        """Return a name, or a dotted name, and what it stands for; nothing for what is local or computed."""
        match node:
            case ast.Name(id=name) if not any(name in local for local in self._local):
                return name, self._known.get(name)
            case ast.Attribute(value=value, attr=attribute):
                name, owner = self._of(value)
                if isinstance(owner, mesa.Model) and attribute in _OF_MODEL:
                    return f"{name}.{attribute}", random
                return f"{name}.{attribute}", getattr(owner, attribute, None) if isinstance(owner, ModuleType) else None
        return "", None

    def body(self, node: Scope) -> None:
        """Visit what a function does; annotations are not looked at, for they draw nothing."""
        self._local.append(_bound(node))
        for part in node.body if isinstance(node.body, list) else [node.body]:
            self.visit(part)
        self._local.pop()

    def _scope(self, node: Scope) -> None:
        for part in (*getattr(node, "decorator_list", ()), *node.args.defaults, *node.args.kw_defaults):
            if part is not None:
                self.visit(part)
        self.body(node)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _scope  # noqa: N815 - ast names its visitors

    def visit_Name(self, node: ast.Name) -> None:
        self.found.append(self._of(node))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.visit(node.value)
        self.found.append(self._of(node))

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [(alias.name, random) for alias in node.names if alias.name in MODULES]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        names = (str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names))
        self.found += [(name, random) for name in names if name in MODULES]


def _named(function: FunctionType) -> list[tuple[str, object]]:
    """Return what a function names outside of itself, in the order of its source."""
    node = _node(function)
    if node is None:
        return [(UNREADABLE, random)]
    names = _Names(function)
    names.body(node)
    return names.found


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
        for name, found in [*_named(function), *(("a default value", value) for value in defaults)]:
            if _is_chance(found):
                return name
            if isinstance(found, FunctionType) and _package(found) == home:
                left.append(found)
    return None


def writes(rule: FunctionType) -> str | None:
    """Return the variable outside of a rule that it sets; nothing if it sets none, or its source can't be read."""
    node = _node(rule)
    if node is None:
        return None
    outer: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Global):
            outer |= set(part.names)
        elif isinstance(part, ast.Nonlocal):
            outer |= set(part.names) & set(rule.__code__.co_freevars)
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name in outer:
                return name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if name in outer:
                return name
    return None


class RngWatch:
    """Detects whether Python's global generators or the model's have moved while the engine simulated days.

    Between the two looks only rules run in Python, so that one of them must have moved it.
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
