"""Histories made by hand: a few people in tables like those of a run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

START = date(2024, 4, 1)
"""First reported day of every history here."""

EPOCH = date(1900, 1, 1)


def on(number: int) -> date:
    """Return a day by its number since the start."""
    return START + timedelta(days=number)


class Handmade:
    """A run made by hand of some years."""

    share = 1.0

    def __init__(self, years: int = 20) -> None:
        self.first_year, self.last_year = START.year, START.year + years - 1
        self.start_day = (START - EPOCH).days
        self.end_day = (date(START.year + years, 4, 1) - EPOCH).days
        self.last = self.end_day - self.start_day
        self.people: dict[int, dict[str, Any]] = {}
        self.spells: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    def person(self, number: int, **attributes: Any) -> None:
        """Add a person; by default a White man of 40 at the start."""
        born = attributes.pop("born", date(START.year - 40, 4, 1))
        self.people[number] = {"sex": "male", "ethnicity": "white", "born": born} | attributes

    def lives(self, number: int, *stages: tuple[Any, ...], **attributes: Any) -> None:
        """Add a person's life: (place, first day, more about the spell), one after the other.

        The last stage is open to the end of the run, unless it is ``dead`` or ``left``. Days count from the start of the run.
        """
        self.person(number, **attributes)
        provider = secure = None
        for k, (place, day, *rest) in enumerate(stages):
            if place in ("dead", "left"):
                return
            about = rest[0] if rest else {}
            inside, absent = place.endswith("secure"), place == "absent without leave"
            provider = about.get("provider", day if provider is None else provider) if inside or absent else None
            secure = about.get("secure", day if secure is None else secure) if inside or absent else None
            follows = stages[k + 1] if k + 1 < len(stages) else None
            self.spells.append(
                {
                    "person": number,
                    "place": place,
                    "source": about.get("source", stages[k - 1][0] if k else None),
                    "destination": follows[0] if follows else None,
                    "area": about.get("area", "Kent and Medway"),
                    "unit": about.get("unit"),
                    "out_of_area": about.get("out_of_area", False),
                    "legal": about.get("legal", "s37"),
                    "legal_end": about.get("legal_end", about.get("legal", "s37")),
                    "start": on(day),
                    # As the engine writes it: an open spell ends with the day of the report.
                    "end": on(follows[1]) if follows else on(self.last - 1),
                    "secure_start": on(secure) if inside else None,
                    "provider_start": on(provider) if inside else None,
                    **{f"wait_{clock}": about.get(clock) for clock in ("clinical", "ministry", "statutory")},
                }
            )

    def happens(
        self, number: int, day: int, event: str, before: str = "none", after: str = "none", cause: str = "none"
    ) -> None:
        """Add an event."""
        self.events.append(
            {"person": number, "day": on(day), "event": event, "from": before, "to": after, "cause": cause}
        )

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, events: Sequence[str] | None = None
    ) -> pa.Table:
        """Return a table, as `Results.table` would."""
        rows = {
            "people": [{"person": number} | about for number, about in self.people.items()],
            "spells": self.spells,
            "events": [row for row in self.events if events is None or row["event"] in events],
        }[name]
        kinds = {"person": pa.int64(), **dict.fromkeys(("day", "start", "end", "born", "secure_start", "provider_start"), pa.date32()),
                 **dict.fromkeys(("wait_clinical", "wait_ministry", "wait_statutory"), pa.int32()), "out_of_area": pa.bool_()}  # fmt: skip
        assert columns is not None
        schema = pa.schema([(column, kinds.get(column, pa.string())) for column in columns])
        return pa.Table.from_pylist(rows, schema=schema)


@pytest.fixture
def handmade() -> type[Handmade]:
    """A run to be made by hand."""
    return Handmade
