"""Rules: decisions that a researcher writes in Python, asked once a day for the whole queue.

A rule is a method of an agent's subclass that replaces a declared `Choice`. It is called with all cases of the day's queue that
belong to agents of the class, and sees the columns that it declares, as they were at the start of the phase. It draws its random
numbers by key (`Day.choose`, `Day.uniform`), so that two runs can be compared person by person.
"""

from __future__ import annotations

import hashlib
import inspect
import math
from datetime import date, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from stepdown import _core
from stepdown.errors import RuleError
from stepdown.evidence.loader import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stepdown.agents.choices import Options

__all__ = ["Array", "Case", "Cases", "Day", "OneDay", "Rule", "rule"]

Array = NDArray[Any]
Form = Literal["batch", "each"]

FORMS = ("batch", "each")
GROUPS = ("agent", "lever", "option", "own")
ALWAYS = {"person": np.int64, "asked": np.uint32}
"""Columns that a rule need not declare: who the case is, and which agent is asked (an index within its kind)."""
OF_BEDS = {"answer": np.uint32, "unit": np.uint16}
"""The same for the free beds of `placement`: what taking the bed would answer, and its unit."""

_EPOCH = date(1900, 1, 1)


class ContractError(Exception):
    """A violation of a rule's contract, described in one sentence. The rule's name and the day are put in front of it."""


class Rule:
    """A decision that Python makes, as a class attribute of the agent. It is created by the decorator `rule`."""

    def __init__(self, decide: Callable[..., Any], reads: Sequence[str], form: Form) -> None:
        name = getattr(decide, "__name__", repr(decide))
        if isinstance(decide, classmethod | staticmethod):
            decide = decide.__func__
        if not inspect.isfunction(decide) or len(inspect.signature(decide).parameters) != 3:
            raise RuleError(f"rule {name}: a rule is a method of three parameters; allowed: cls, cases, day")
        if isinstance(reads, str) or not all(isinstance(column, str) for column in reads):
            raise RuleError(f"rule {name}: reads: {reads!r}; allowed: a tuple of names of columns")
        if form not in FORMS:
            raise RuleError(f"rule {name}: form: {form!r}; allowed: {', '.join(FORMS)}{nearest(str(form), FORMS)}")
        self.decide = decide
        self.reads = tuple(dict.fromkeys(full(column) for column in reads))
        self.form = form
        self.name = name
        self.__doc__ = decide.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


def full(column: str) -> str:
    """Return the whole name of a column: ``tier_days`` is ``case.tier_days``.

    Examples
    --------
    >>> full("tier_days"), full("agent.threshold")
    ('case.tier_days', 'agent.threshold')
    """
    return column if "." in column else f"case.{column}"


def rule(*, reads: Sequence[str], form: Form = "batch") -> Callable[[Callable[..., Any]], Any]:
    """Declare a method of an agent's subclass to be the rule by which it decides.

    The method replaces the `Choice` of its name. In the form ``batch`` it is called with ``(cls, cases, day)`` for the
    day's whole queue, and returns an option for each row; in the form ``each``, for trying things out, with
    ``(cls, case, day)`` for one case at a time. For ``placement`` the rows are free beds for those who wait, and what is
    returned is a score for each: above 0 where it is better than waiting.

    Parameters
    ----------
    reads
        Columns that the rule reads: ``tier_days`` or ``case.tier_days``, ``agent.threshold``, ``lever.risk_aversion``,
        ``option.price``, ``own.trust``.
    form
        ``batch`` or ``each``.

    Examples
    --------
    A clinician who finds nobody ready in the first year of a tier:

    >>> from stepdown.agents import ResponsibleClinician
    >>> from stepdown.agents.choices import Review
    >>> class Cautious(ResponsibleClinician):
    ...     @rule(reads=("tier_days",))
    ...     def review(cls, cases, day):
    ...         scores = day.scores(cases)
    ...         scores[Review.READY, cases.tier_days < 365] = -np.inf
    ...         return day.choose(scores)
    >>> Cautious.review.reads
    ('case.tier_days',)
    """

    def mark(decide: Callable[..., Any]) -> Rule:
        return Rule(decide, reads, form)

    return mark


@cache
def stream_of(decision: str, name: str) -> int:
    """Return the number of a stream that a rule names."""
    return int.from_bytes(hashlib.sha256(f"{decision}/{name}".encode()).digest()[:8], "little") | 1


class Layout:
    """Where the columns of a rule lie in a batch: the first value of each, per row, and how many each row has."""

    def __init__(self, decision: str, options: type[Options], reads: Sequence[str], known: dict[str, str]) -> None:
        self.decision = decision
        self.options = options
        self.reads = tuple(reads)
        self.known = known
        self.settable = tuple(name.removeprefix("own.") for name in known if name.startswith(("own.", "agent.")))
        self.places = decision == "placement"
        self.always = ALWAYS | (OF_BEDS if self.places else {})
        self.at: dict[str, tuple[int, int]] = {}
        first = 0
        for column in reads:
            width = len(options) if column.startswith("option.") and not self.places else 1
            self.at[column] = (first, width)
            first += width

    def refusal(self, column: str) -> ContractError:
        """Return the error for a column that can't be read."""
        if column in self.known:
            declared = ", ".join(self.reads) or "none"
            return ContractError(
                f"reads {column}, which it has not declared; allowed: {declared}, or {column} in reads"
            )
        short = column.removeprefix("case.")
        return ContractError(
            f"reads {short}: not a column{nearest(column, self.known)}; allowed: {', '.join(self.reads)}"
        )


class Cases:
    """A day's queue of a decision, as columns: ``cases.tier_days``, ``cases.agent.threshold``, ``cases["lever.x"]``.

    Columns are read-only arrays with a value for each row, codes and flags too, null as nan. A column of what is on offer
    has a row for each option; for `placement`, where the rows are free beds, it is like the others. ``cases.person`` and
    ``cases.asked`` (index of the agent) are always there, and for `placement` ``cases.answer`` and ``cases.unit``.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> from stepdown.agents import ResponsibleClinician
    >>> from stepdown.agents.choices import Review
    >>> class Cautious(ResponsibleClinician):
    ...     @rule(reads=("tier_days",))
    ...     def review(cls, cases, day):
    ...         scores = day.scores(cases)
    ...         scores[Review.READY] -= 2.0 * (cases.tier_days < 365)
    ...         return day.choose(scores)
    >>> model = SecureCareModel("baseline", seed=7, population=0.002, years=1, agents=[Cautious])
    >>> model.run_for(100)
    >>> model.agent_overrides.rules[0].cases > 0
    True
    """

    __slots__ = ("_batch", "_columns", "_layout", "_memory")

    _batch: _core.Batch
    _columns: dict[str, Array]
    _layout: Layout
    _memory: Array | None

    def __init__(self, batch: _core.Batch, layout: Layout) -> None:
        for name, value in (("_batch", batch), ("_layout", layout), ("_columns", {}), ("_memory", None)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self._batch)

    def __getitem__(self, column: str) -> Array:
        column = full(column)
        found = self._columns.get(column)
        if found is None:
            found = self._columns[column] = self._read(column)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Group(self, name) if name in GROUPS else self[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise ContractError(f"writes to the column {name}; allowed: reading it, and user columns with day.set")

    def __setitem__(self, column: str, value: object) -> None:
        setattr(self, column, value)

    def is_(self, column: str, word: str) -> Array:
        """Return where a column of codes holds a word: ``cases.is_("legal", "s3")``."""
        words = _core.vocabulary(full(column)) or []
        if word not in words:
            allowed = ", ".join(words) or "nothing, it holds no code"
            raise ContractError(f"{column}: {word!r} is not a code of it; allowed: {allowed}{nearest(word, words)}")
        found: Array = self[column] == words.index(word)
        return found

    def _read(self, column: str) -> Array:
        short = column.removeprefix("case.")
        if short in self._layout.always:
            memory = {
                "person": self._batch.persons,
                "asked": self._batch.agents,
                "answer": self._batch.answers,
                "unit": self._batch.units,
            }[short]
            return np.frombuffer(memory(), dtype=self._layout.always[short])
        if column not in self._layout.at:
            raise self._layout.refusal(column)
        if self._memory is None:
            object.__setattr__(self, "_memory", np.frombuffer(self._batch.reads()))
        assert self._memory is not None
        (first, width), rows = self._layout.at[column], len(self)
        values = self._memory[first * rows : (first + width) * rows]
        return values if width == 1 else values.reshape(width, rows)


class Group:
    """The columns of a group: ``cases.agent.threshold`` is ``cases["agent.threshold"]``."""

    __slots__ = ("_cases", "_name")

    def __init__(self, cases: Cases | Case, name: str) -> None:
        self._cases = cases
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return self._cases[f"{self._name}.{name}"]


class Day:
    """The day on which a rule is asked: what the declared choice would score, and numbers drawn by key.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> from stepdown.agents import ResponsibleClinician
    >>> from stepdown.agents.choices import Review
    >>> class Cautious(ResponsibleClinician):
    ...     @rule(reads=("tier_days",))
    ...     def review(cls, cases, day):
    ...         assert day.date.year >= 2021
    ...         assert day.mask.shape == (len(Review), len(cases))
    ...         return day.choose(day.scores(cases))
    >>> model = SecureCareModel("baseline", seed=7, population=0.002, years=1, agents=[Cautious])
    >>> model.run_for(100)
    >>> model.agent_overrides.rules[0].cases > 0
    True
    """

    __slots__ = ("_cases", "batch", "layout")

    def __init__(self, batch: _core.Batch, layout: Layout, cases: Cases) -> None:
        self.batch = batch
        self.layout = layout
        self._cases = cases

    @property
    def day(self) -> int:
        """The day [d since 1900-01-01]."""
        return self.batch.day

    @property
    def date(self) -> date:
        """The day."""
        return _EPOCH + timedelta(days=self.batch.day)

    @property
    def mask(self) -> Array:
        """Which options are allowed: a row for each option, a column for each case."""
        self._no_beds("mask")
        allowed = np.frombuffer(self.batch.allowed(), dtype=np.bool_)
        return allowed.reshape(len(self.layout.options), len(self.batch))

    def scores(self, cases: Cases) -> Array:
        """Return what the declared choice scores, to be amended: a row for each option, a column for each case.

        For `placement`, a score for each free bed.
        """
        self._same(cases)
        scores = np.frombuffer(self.batch.scores())
        return scores if self.layout.places else scores.reshape(len(self.layout.options), len(cases))

    def choose(self, scores: Array) -> Array:
        """Choose by scores as the declared choice does, with the same numbers; ``-inf`` leaves an option out."""
        self._no_beds("choose")
        scores = np.asarray(scores, dtype=float)
        wanted = (len(self.layout.options), len(self.batch))
        if scores.shape != wanted:
            raise ContractError(f"chooses by scores of shape {scores.shape}; allowed: {wanted}, options by rows")
        try:
            return np.frombuffer(self.batch.choose(np.ascontiguousarray(scores)), dtype=np.uint8)
        except ValueError as error:
            raise ContractError(str(error)) from None

    def uniform(self, stream: str, cases: Cases) -> Array:
        """Draw a number in (0, 1) for each case, from a stream of any name: by person, stream and how often asked before."""
        self._same(cases)
        return np.frombuffer(self.batch.uniforms(stream_of(self.layout.decision, stream)))

    def set(self, column: str, cases: Cases, values: Array | float) -> None:
        """Write a user column (``"trust"``), for each case or the same for all; it shows after the phase.

        Also an attribute of the agents that are asked (``"agent.threshold"``); where one has several cases, the last counts.
        """
        self._same(cases)
        self._no_beds("set")
        if column not in self.layout.settable:
            near = nearest(column, self.layout.settable)
            allowed = ", ".join(self.layout.settable) or "none, no subclass of Patient declares one"
            raise ContractError(f"sets {column}: not a user column{near}; allowed: {allowed}")
        given = np.asarray(values, dtype=float)
        if given.shape not in ((), (len(cases),)):
            raise ContractError(
                f"sets {column} by values of shape {given.shape}; allowed: ({len(cases)},), one for each row, or one for all"
            )
        if len(nulls := np.flatnonzero(~np.isfinite(given))):
            raise ContractError(
                self.batch.at(int(nulls[0]), f"sets {column} to {given.flat[nulls[0]]}; allowed: a finite number")
            )
        self.batch.write(column, np.ascontiguousarray(np.broadcast_to(given, (len(cases),))))

    def _same(self, cases: Cases) -> None:
        if cases is not self._cases:
            raise ContractError("asks about other cases than those of the day; allowed: the cases that it was given")

    def _no_beds(self, what: str) -> None:
        if self.layout.places:
            raise ContractError(
                f"asks for day.{what}, but free beds are ranked by score; allowed: day.scores, day.uniform"
            )


class Case:
    """One case of a day's queue, for rules of the form ``each``: ``case.tier_days``, ``case.agent.threshold``."""

    __slots__ = ("_queue", "_row")

    def __init__(self, queue: Queue, row: int) -> None:
        self._queue = queue
        self._row = row

    def __getitem__(self, column: str) -> Any:
        return self._queue.column(full(column))[self._row]

    def __getattr__(self, name: str) -> Any:
        return Group(self, name) if name in GROUPS else self[name]

    def is_(self, column: str, word: str) -> bool:
        """Return whether a column of codes holds a word."""
        return bool(self._queue.cases.is_(column, word)[self._row])


class Queue:
    """A day's queue whose cases are handed out one after another."""

    def __init__(self, batch: _core.Batch, layout: Layout) -> None:
        self.batch = batch
        self.cases = Cases(batch, layout)
        self.day = Day(batch, layout, self.cases)
        self.layout = layout
        self._lists: dict[str, list[Any]] = {}

    def column(self, column: str) -> list[Any]:
        """Return a column as a list: an entry for each case."""
        found = self._lists.get(column)
        if found is None:
            found = self._lists[column] = self.cases[column].T.tolist()
        return found

    @cached_property
    def scores(self) -> list[Any]:
        """What the declared choice scores, an entry for each case."""
        found: list[Any] = self.day.scores(self.cases).T.tolist()
        return found


class OneDay:
    """The day on which a rule of the form ``each`` is asked about one case."""

    __slots__ = ("_queue", "_row")

    def __init__(self, queue: Queue, row: int) -> None:
        self._queue = queue
        self._row = row

    @property
    def date(self) -> date:
        """The day."""
        return self._queue.day.date

    @property
    def mask(self) -> Array:
        """Which options are allowed, by code."""
        found: Array = self._queue.day.mask[:, self._row]
        return found

    def scores(self, case: Case) -> Any:
        """Return what the declared choice scores: a list by option, to be amended; for `placement` a number."""
        del case  # the day is this case's own
        scores = self._queue.scores[self._row]
        return scores if isinstance(scores, float) else list(scores)

    def choose(self, scores: Sequence[float]) -> int:
        """Choose by scores as the declared choice does, with the same numbers; ``-inf`` leaves an option out."""
        wanted = len(self._queue.layout.options)
        if self._queue.layout.places or len(scores) != wanted:
            raise ContractError(f"chooses by {len(scores)} scores; allowed: {wanted}, one for each option")
        try:
            return self._queue.batch.choose_one(self._row, [float(score) for score in scores])
        except ValueError as error:
            raise ContractError(str(error)) from None

    def uniform(self, stream: str, case: Case) -> float:
        """Draw a number in (0, 1), from a stream of any name."""
        del case  # the day is this case's own
        return float(self._queue.day.uniform(stream, self._queue.cases)[self._row])


def codes(said: object, batch: _core.Batch) -> Array:
    """Return the answers of a rule as codes, one for each row; the engine checks that they are lawful.

    Raises
    ------
    ContractError
        Says which row has no answer, or one that is not an option.
    """
    rows = len(batch)
    if type(said) is np.ndarray and said.dtype == np.uint8 and said.shape == (rows,):
        return np.ascontiguousarray(said)
    answers = _column(said, batch, "answers", "an option for each row")
    if answers.dtype.kind not in "iuf":
        raise ContractError(f"answers are of type {answers.dtype}; allowed: options, or their codes")
    _present(answers, batch, "answer")
    if len(wrong := np.flatnonzero((answers != np.floor(answers)) | (answers < 0) | (answers > 255))):
        row = int(wrong[0])
        raise ContractError(batch.at(row, f"{answers[row]} is not an option"))
    return answers.astype(np.uint8)


def numbers(said: object, batch: _core.Batch) -> Array:
    """Return the scores of a rule for `placement`, one for each row.

    Raises
    ------
    ContractError
        Says which row has no score.
    """
    scores = _column(said, batch, "scores", "a score for each row")
    if scores.dtype.kind not in "iuf":
        raise ContractError(f"scores are of type {scores.dtype}; allowed: numbers")
    _present(scores, batch, "score")
    return np.ascontiguousarray(scores, dtype=float)


def _column(said: object, batch: _core.Batch, what: str, allowed: str) -> Array:
    if said is None:
        raise ContractError(f"returns nothing; allowed: {allowed}")
    if isinstance(said, np.ma.MaskedArray):
        said = [None if masked else value for value, masked in zip(said.data, np.ma.getmaskarray(said), strict=True)]
    try:
        found = np.asarray(said)
    except ValueError:
        raise ContractError(f"returns no column of {what}; allowed: {allowed}") from None
    if found.ndim != 1:
        raise ContractError(f"{what} are of shape {found.shape}; allowed: ({len(batch)},), {allowed}")
    if len(found) != len(batch):
        raise ContractError(f"{len(found)} {what} for {len(batch)} rows; allowed: {allowed}")
    if found.dtype == object:
        missing = [row for row, value in enumerate(found) if value is None]
        if missing:
            raise ContractError(batch.at(missing[0], f"no {what.removesuffix('s')}; allowed: {allowed}"))
        try:
            found = np.asarray([float(value) for value in found])
        except (TypeError, ValueError):
            raise ContractError(f"returns no column of {what}; allowed: {allowed}") from None
    return found


def _present(found: Array, batch: _core.Batch, what: str) -> None:
    if found.dtype.kind == "f" and math.isnan(found.sum()) and len(nulls := np.flatnonzero(np.isnan(found))):
        raise ContractError(batch.at(int(nulls[0]), f"the {what} is nan; allowed: a number"))
