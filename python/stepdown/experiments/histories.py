"""One person in two runs: both histories side by side, the first event that differs and why; and whose lives differ most.

The same people live in both runs, and each number is drawn by person, day and purpose. So two histories are the same until something
reaches the person that is not: another answer, another day in a queue, another rate.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from stepdown import levers
from stepdown.errors import UsageError
from stepdown.results.pairs import KEYS, described
from stepdown.vocabulary import SECURE, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from stepdown.results.run import Results

__all__ = ["AFFECTED", "Event", "Parting", "affected", "history", "parting", "side_by_side"]

AFFECTED = described(
    ("person", pa.int64(), False, "Number of the person."),
    ("sex", pa.string(), False, "Sex."),
    ("area", pa.string(), False, "Area at first contact."),
    ("days_apart", pa.float64(), False, "Days of the run that the person spends in another place than in the first run, at least [d]."),
    ("secure_before", pa.float64(), False, "Days in secure care in the first run [d]."),
    ("secure_after", pa.float64(), False, "... in the second [d]."),
    ("prison_before", pa.float64(), False, "Days in prison, on remand or sentenced, in the first run [d]."),
    ("prison_after", pa.float64(), False, "... in the second [d]."),
    ("parts", pa.date32(), True, "Day of the first event that differs."),
    ("why", pa.string(), False, "'lever', 'queue' or 'draw'."),
    ("said", pa.string(), False, "What differs first."),
)  # fmt: skip
"""Columns of the people whose lives differ most."""

_EPOCH = date(1900, 1, 1)


@dataclass(frozen=True)
class Event:
    """An event of a person; its fields are the columns of the table of events."""

    day: date
    event: str
    before: str
    after: str
    unit: str | None
    decision: str | None
    cause: str

    def __str__(self) -> str:
        """Return what happened, without the day."""
        change = (
            ""
            if self.before == self.after == "none"
            else self.after
            if self.before == "none"
            else f"{self.before} → {self.after}"
        )
        by = self.decision or (self.cause if self.cause != "none" else "")
        return " ".join(
            word
            for word in (self.event, change, f"({by})" if by else "", f"at {self.unit}" if self.unit else "")
            if word
        )


@dataclass(frozen=True)
class Parting:
    """The first event in which two histories differ.

    Attributes
    ----------
    day
        Its day, the earlier where they differ; nothing where the histories are the same.
    one, other
        The event in each run; nothing where its history ends before.
    why
        ``lever``, ``queue`` or ``draw``; empty where the histories are the same.
    said
        Why, as a sentence.
    """

    day: date | None
    one: Event | None
    other: Event | None
    why: str
    said: str


def refuse_others(one: Results, other: Results) -> None:
    """Refuse two runs in which not the same people live; their draws may differ.

    Raises
    ------
    UsageError
        They differ in seed, replicate, dates or share of England.
    """
    for key in KEYS:
        found = one.manifest.get(key), other.manifest.get(key)
        if key != "draw" and found[0] != found[1]:
            message = (
                f"{other.path}: not the same people live in it as in {one.path} ({key} {found[0]} and {found[1]}); "
                f"allowed: the same {key}"
            )
            raise UsageError(message)


def _events(run: Results, people: Sequence[int]) -> dict[int, list[Event]]:
    """Return the events of some people, in their order."""
    columns = ["person", "day", "event", "from", "to", "unit", "decision", "cause"]
    table = run.table("events", columns=columns, where=pc.is_in(ds.field("person"), pa.array(people, pa.int64())))
    found: dict[int, list[Event]] = defaultdict(list)
    for row in zip(*(table[name].to_pylist() for name in columns), strict=True):
        found[row[0]].append(Event(*row[1:]))
    return found


def history(run: Results, person: int) -> list[Event]:
    """Return what happened to a person, in order.

    Raises
    ------
    UsageError
        The pathway never meets the person in that run.
    """
    found = _events(run, [person])[person]
    if not found and not len(run.table("people", columns=["person"], where=ds.field("person") == person)):
        message = f"{run.path}: person {person} is not in it; allowed: the number of somebody whom the pathway meets (table people)"
        raise UsageError(message)
    return found


def parting(one: Results, other: Results, person: int) -> Parting:
    """Return the first event in which a person's histories in two runs differ, and why.

    Examples
    --------
    >>> parting(Results("runs/baseline"), Results("runs/bradley"), 1629197988159345).said  # doctest: +SKIP
    """
    refuse_others(one, other)
    return _parting(one, other, history(one, person), history(other, person))


def _parting(one: Results, other: Results, before: Sequence[Event], after: Sequence[Event]) -> Parting:
    at = next((k for k, (x, y) in enumerate(zip(before, after, strict=False)) if x != y), min(len(before), len(after)))
    first, second = (events[at] if at < len(events) else None for events in (before, after))
    if first is None and second is None:
        return Parting(None, None, None, "", "both histories are the same")
    day = min(event.day for event in (first, second) if event is not None)
    why, said = _why(one, other, first, second, before[at:], after[at:], day)
    return Parting(day, first, second, why, said)


def _why(
    one: Results,
    other: Results,
    first: Event | None,
    second: Event | None,
    before: Sequence[Event],
    after: Sequence[Event],
    day: date,
) -> tuple[str, str]:
    """Return why two histories part: by what happens, to whom nothing else had happened before."""
    if one.manifest.get("draw") != other.manifest.get("draw"):
        return (
            "draw",
            f"the runs have other draws of the parameters ({one.manifest.get('draw')} and {other.manifest.get('draw')})",
        )
    changed = _in_force(one, other, day)
    by = f"levers that differ by then: {', '.join(changed)}" if changed else "no lever differs by then"
    if first is not None and second is not None and first.day == second.day:
        if first.decision is not None and first.decision == second.decision and first.event == second.event:
            if first.decision == "placement":
                return "queue", f"another bed was free: {first}, and {second}"
            return (
                "lever",
                f"{first.decision} was asked on the same day and answered {first.after!r} and {second.after!r}; {by}",
            )
        if "programme" in (first.event, second.event):
            return "lever", f"{first}, and {second}; {by}"
        if first.event == second.event == "blocked":
            return "queue", f"what was missing differs: {first.after}, and {second.after}"
    # The same thing on another day: whoever has to wait for something waits for another time.
    for event, others, where in ((first, after, other), (second, before, one)):
        if event is None or event.day != day:
            continue
        same = next(
            (
                x
                for x in others
                if (x.event, x.before, x.after, x.decision, x.cause)
                == (event.event, event.before, event.after, event.decision, event.cause)
            ),
            None,
        )
        if same is not None and same.day != event.day:
            if event.cause in _HAZARDS:
                return (
                    "lever",
                    f"{event} comes {_days((same.day - event.day).days)} later in {where.path.name}: the same number is held against another rate; {by}",
                )
            return (
                "queue",
                f"{event} comes {_days((same.day - event.day).days)} later in {where.path.name}: the wait for it differs",
            )
        if event.cause in _HAZARDS:
            return "lever", f"{event} happens in one run only: the same number is held against another rate; {by}"
        if event.decision is not None:
            return "lever", f"{event.decision} was asked in one run only, or answered otherwise: {event}; {by}"
        if event.event in ("move", "blocked", "stage", "clock", "hearing"):
            return "queue", f"{event} happens in one run only on that day: what it waits for was not there"
        return "lever", f"{event} happens in one run only; {by}"
    return "lever", by


_HAZARDS = frozenset(
    ("death", "suicide", "relapse", "recovery", "reoffence", "abscond", "return", "assault", "work", "drift", "outcome")
) & frozenset(words("cause"))
"""Causes that happen by a rate."""


def _in_force(one: Results, other: Results, day: date) -> list[str]:
    """Return the levers in which two runs differ by a day."""
    settings = [run.scenario.get("levers", {}) for run in (one, other)]
    found = []
    for name in [*levers.load(), "beds"]:
        mine, theirs = (setting.get(name) for setting in settings)
        if mine == theirs:
            continue
        steps = [step for said in (mine, theirs) for step in _steps(said)]
        if any((begin := step.get("from")) is None or _day(begin) <= day for step in steps):
            found.append(name)
    return found


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def _day(said: object) -> date:
    return said if isinstance(said, date) else date.fromisoformat(str(said))


def _steps(said: Any) -> Iterator[dict[str, Any]]:
    """Yield the steps of a lever, or of the programmes of all tiers."""
    if isinstance(said, list):
        yield from said
    elif isinstance(said, dict):
        for inner in said.values():
            yield from _steps(inner)


def side_by_side(before: Sequence[Event], after: Sequence[Event]) -> list[tuple[date, str, str, str]]:
    """Return two histories as rows: day, the event in each, and ``=`` where it is the same.

    Examples
    --------
    >>> a = Event(date(2024, 5, 1), "move", "home", "low secure", None, "placement", "placement")
    >>> b = Event(date(2024, 6, 1), "move", "home", "low secure", None, "placement", "placement")
    >>> [(str(row[0]), row[1][:4], row[2][:4], row[3]) for row in side_by_side([a], [b])]
    [('2024-05-01', 'move', '', ''), ('2024-06-01', '', 'move', '')]
    """
    rows = []
    for day in sorted({event.day for event in (*before, *after)}):
        mine, theirs = ([event for event in events if event.day == day] for events in (before, after))
        for k in range(max(len(mine), len(theirs))):
            x, y = (str(events[k]) if k < len(events) else "" for events in (mine, theirs))
            rows.append((day, x, y, "=" if x == y else ""))
    return rows


def affected(one: Results, other: Results, number: int = 10) -> pa.Table:
    """Return the people whose lives differ most between two runs, by the days that they spend in another place.

    Parameters
    ----------
    one, other
        Two runs in which the same people live.
    number
        How many people.

    Returns
    -------
    pyarrow.Table
        A row for each, those with most days first; the columns are `AFFECTED`. Days apart are those by which the times in the
        places differ: somebody who spends as long in each place, at other times, has none.

    Raises
    ------
    UsageError
        Not the same people live in the runs.
    """
    refuse_others(one, other)
    places = list(words("place"))
    ids = [run.table("people", columns=["person"])["person"].to_numpy() for run in (one, other)]
    people = np.union1d(*ids)
    days = [_days_in(run, people, places) for run in (one, other)]
    apart = np.abs(days[1] - days[0]).sum(axis=1) / 2
    order = np.argsort(-apart, kind="stable")[:number]
    order = order[apart[order] > 0]
    chosen = [int(person) for person in people[order]]
    events = [_events(run, chosen) for run in (one, other)]
    known = pa.concat_tables(
        [
            run.table(
                "people",
                columns=["person", "sex", "area"],
                where=pc.is_in(ds.field("person"), pa.array(chosen, pa.int64())),
            )
            for run in (one, other)
        ]
    ).to_pylist()
    facts = {row["person"]: row for row in reversed(known)}
    secure = [places.index(place) for place in SECURE]
    prison = [k for k, place in enumerate(places) if "prison" in place or "remand" in place]
    rows = []
    for k, person in zip(order, chosen, strict=True):
        found = _parting(one, other, events[0][person], events[1][person])
        rows.append(
            {
                "person": person,
                "sex": str(facts[person]["sex"]),
                "area": str(facts[person]["area"]),
                "days_apart": float(apart[k]),
                "secure_before": float(days[0][k, secure].sum()),
                "secure_after": float(days[1][k, secure].sum()),
                "prison_before": float(days[0][k, prison].sum()),
                "prison_after": float(days[1][k, prison].sum()),
                "parts": found.day,
                "why": found.why,
                "said": found.said,
            }
        )
    return pa.Table.from_pylist(rows, schema=AFFECTED)


def _days_in(run: Results, people: NDArray[np.int64], places: Sequence[str]) -> NDArray[np.float64]:
    """Return the days of a run that each person spends in each place."""
    table = run.table("spells", columns=["person", "place", "start", "end"])
    first, last = ((_EPOCH + timedelta(days=day)) for day in (run.start_day, run.end_day))
    start, end = (table[name].cast(pa.int32()).to_numpy().astype(np.int64) for name in ("start", "end"))
    low, high = ((day - date(1970, 1, 1)).days for day in (first, last))
    lived = np.maximum(np.minimum(end, high) - np.maximum(start, low), 0)
    who = np.searchsorted(people, table["person"].to_numpy())
    index = {place: k for k, place in enumerate(places)}
    where = np.array([index[place] for place in table["place"].cast(pa.string()).to_pylist()], int)
    found = np.zeros((len(people), len(places)))
    np.add.at(found, (who, where), lived)
    return found
