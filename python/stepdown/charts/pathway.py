"""Draws the pathway from the engine's table of places and moves: ``make docs`` writes ``docs/pathway.svg`` and ``docs/moves.svg`` with it.

Which places there are, and from which to which a person may go, is read from the engine. Here is only where a group of places stands
in the picture, which way an arrow takes, and what is written on it. A group or a move for which there is no place in the picture is an
error, so that the picture can't leave one out.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import altair as alt

from stepdown import _core
from stepdown.atomic import written
from stepdown.charts.theme import LIGHT, drawing

__all__ = ["matrix", "pathway", "table", "write"]

Point = tuple[float, float]
Move = tuple[str, str]
"""From which place, or group of places, to which."""


@dataclass(frozen=True)
class Box:
    """A rectangle of the picture [px], from its left and upper edge."""

    left: float
    top: float
    width: float
    height: float


GROUPS = {
    "Prison": Box(60, 40, 250, 100),
    "Acute wards": Box(60, 220, 250, 100),
    "Secure hospital": Box(440, 40, 200, 310),
    "Absent": Box(770, 40, 240, 90),
    "Rehabilitation": Box(770, 200, 240, 150),
    "Community": Box(60, 440, 760, 100),
    "Off the books": Box(880, 440, 130, 100),
}
"""Groups of places, and where each stands."""

ROUTES: dict[Move, tuple[str, Point, tuple[Point, ...]]] = {
    ("Prison", "Secure hospital"): ("transfer", (375, 64), ((310, 75), (440, 75))),
    ("Secure hospital", "Prison"): ("remission", (375, 118), ((440, 105), (310, 105))),
    ("Acute wards", "Secure hospital"): ("needs security", (375, 258), ((310, 270), (440, 270))),
    ("Prison", "Acute wards"): ("urgent", (132, 183), ((160, 140), (160, 220))),
    ("Acute wards", "Prison"): ("remission", (242, 183), ((205, 220), (205, 140))),
    ("Prison", "Community"): ("release", (70, 425), ((60, 105), (40, 105), (40, 500), (60, 500))),
    ("Community", "Prison"): ("charge, recall", (52, 554), ((60, 520), (14, 520), (14, 75), (60, 75))),
    ("Community", "Acute wards"): ("relapse", (132, 385), ((160, 440), (160, 320))),
    ("Acute wards", "Community"): ("discharge", (242, 385), ((205, 320), (205, 440))),
    ("Community", "Secure hospital"): ("recall, order", (455, 400), ((510, 440), (510, 350))),
    ("Secure hospital", "Community"): ("discharge", (608, 400), ((570, 350), (570, 440))),
    ("Secure hospital", "Absent"): ("absconds", (705, 57), ((640, 69), (770, 69))),
    ("Absent", "Secure hospital"): ("returns", (705, 112), ((770, 99), (640, 99))),
    ("Secure hospital", "Rehabilitation"): ("moves on", (705, 263), ((640, 275), (770, 275))),
    ("Rehabilitation", "Community"): ("discharge", (838, 400), ((800, 350), (800, 440))),
    ("Rehabilitation", "Prison"): (
        "remission",
        (700, 2),
        ((1010, 275), (1034, 275), (1034, 14), (250, 14), (250, 40)),
    ),
    ("Community", "Off the books"): ("closed", (850, 478), ((820, 490), (880, 490))),
}
"""Between groups: what is written on the arrow, where, and its way."""

LABELS = {"prison (remand)": "remand", "prison (sentenced)": "sentenced", "left": "long after care"}
"""Names in the picture that are shorter than in the data, where the group says the rest."""

UNDRAWN = "dead"
"""Where a person may go from anywhere: a line of text says so."""

KINDS = {
    "prison": "Prison",
    "secure": "Secure hospital",
    "absent": "Absent",
    "community": "Community",
    "gone": "Off the books",
}
WIDTH, HEIGHT = 1050, 560


def table() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the table of places and moves: by place its group in the picture and where a person may go from there.

    Examples
    --------
    >>> table()["absent without leave"]
    ('Absent', ('high secure', 'medium secure', 'low secure', 'dead'))
    """
    rows = {}
    for place, kind, to in _core.moves():
        group = KINDS.get(kind) or ("Rehabilitation" if "rehabilitation" in place else "Acute wards")
        rows[place] = (group, tuple(to))
    return rows


def _places() -> dict[str, Box]:
    """Return where each place stands in its group: side by side where the group is wide, else one below the other."""
    found: dict[str, Box] = {}
    members: dict[str, list[str]] = {}
    for place, (group, _) in table().items():
        if place != UNDRAWN:
            members.setdefault(group, []).append(place)
    for group, names in members.items():
        box = GROUPS[group]
        left, top, width, height = box.left + 14, box.top + 30, box.width - 28, box.height - 42
        gap = 34
        across = box.width > 1.6 * box.height
        size = ((width if across else height) - gap * (len(names) - 1)) / len(names)
        for at, name in enumerate(names):
            step = at * (size + gap)
            found[name] = Box(left + step, top, size, height) if across else Box(left, top + step, width, size)
    return found


def _within(one: Box, other: Box, back: bool) -> tuple[Point, Point]:
    """Return the way from one box to another of its group; with a way back, the two lie side by side."""
    if one.top == other.top:
        y = one.top + one.height / 2
        return (
            ((one.left + one.width, y), (other.left, y))
            if one.left < other.left
            else ((one.left, y), (other.left + other.width, y))
        )
    x = one.left + one.width / 2 + (0 if not back else -14 if one.top < other.top else 14)
    return (
        ((x, one.top + one.height), (x, other.top))
        if one.top < other.top
        else ((x, one.top), (x, other.top + other.height))
    )


def _ways() -> list[tuple[Move, str, Point | None, tuple[Point, ...]]]:
    """Return each arrow: from where to where, what is written on it, where, and its way.

    Raises
    ------
    LookupError
        The engine declares a move between two groups for which the picture has no way.
    """
    rows, boxes = table(), _places()
    ways: dict[Move, tuple[str, Point | None, tuple[Point, ...]]] = {}
    for place, (group, destinations) in rows.items():
        for to in destinations:
            if to == UNDRAWN:
                continue
            if rows[to][0] == group:
                ways[place, to] = ("", None, _within(boxes[place], boxes[to], place in rows[to][1]))
            elif (group, rows[to][0]) in ROUTES:
                ways[group, rows[to][0]] = ROUTES[group, rows[to][0]]
            else:
                raise LookupError(f"the picture has no way from {group} ({place}) to {rows[to][0]} ({to})")
    return [(move, *way) for move, way in ways.items()]


def _rows(rows: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=rows)


X: dict[str, Any] = {"scale": alt.Scale(domain=[0, WIDTH], nice=False), "axis": None}
Y: dict[str, Any] = {"scale": alt.Scale(domain=[HEIGHT, 0], nice=False), "axis": None}


def _boxes(rows: list[dict[str, Any]], **mark: Any) -> Any:
    return (
        alt.Chart(_rows(rows))
        .mark_rect(**mark)
        .encode(alt.X("x:Q", **X), alt.Y("y:Q", **Y), alt.X2("x2:Q"), alt.Y2("y2:Q"))
    )


def _corners(box: Box) -> dict[str, Any]:
    return {"x": box.left, "y": box.top, "x2": box.left + box.width, "y2": box.top + box.height}


def _texts(rows: list[dict[str, Any]], **mark: Any) -> Any:
    return alt.Chart(_rows(rows)).mark_text(**mark).encode(alt.X("x:Q", **X), alt.Y("y:Q", **Y), text="text:N")


def pathway() -> Any:
    """Return the picture: groups of places, and an arrow for every move that the engine declares between or within them."""
    groups = [_corners(box) for box in GROUPS.values()]
    heads = [{"x": b.left + 14, "y": b.top + 17, "text": name} for name, b in GROUPS.items()]
    places = _places()
    names = [
        {"x": b.left + b.width / 2, "y": b.top + b.height / 2, "text": LABELS.get(name, name)}
        for name, b in places.items()
    ]
    lines, tips, words = [], [], []
    for (start, end), label, at, way in _ways():
        lines += [{"move": f"{start} to {end}", "at": k, "x": x, "y": y} for k, (x, y) in enumerate(way)]
        (x0, y0), (x1, y1) = way[-2], way[-1]
        angle = (90 if x1 > x0 else 270) if y0 == y1 else (180 if y1 > y0 else 0)
        # The tip ends at the border of the box.
        back = 4
        tips.append(
            {
                "x": x1 - back * (x1 > x0) + back * (x1 < x0),
                "y": y1 - back * (y1 > y0) + back * (y1 < y0),
                "angle": angle,
                "move": f"{start} to {end}",
            }
        )
        if at is not None:
            words.append({"x": at[0], "y": at[1], "text": label})
    arrows = (
        alt.Chart(_rows(lines))
        .mark_line(strokeWidth=1.6, color=LIGHT.muted, interpolate="linear")
        .encode(alt.X("x:Q", **X), alt.Y("y:Q", **Y), alt.Detail("move:N"), alt.Order("at:Q"))
    )
    ends = (
        alt.Chart(_rows(tips))
        .mark_point(shape="triangle-up", filled=True, size=70, color=LIGHT.muted, opacity=1)
        .encode(
            alt.X("x:Q", **X), alt.Y("y:Q", **Y), alt.Angle("angle:Q", scale=alt.Scale(domain=[0, 360], range=[0, 360]))
        )
    )
    note = [{"x": 1010, "y": 556, "text": "From every place people also die."}]
    return alt.layer(
        _boxes(groups, fill=LIGHT.within, stroke=LIGHT.belief, strokeWidth=1.2, cornerRadius=8),
        _boxes([_corners(b) for b in places.values()], fill="#ffffff", stroke=LIGHT.muted, cornerRadius=5),
        arrows,
        ends,
        _texts(heads, align="left", fontSize=14, fontWeight="bold"),
        _texts(names, fontSize=13),
        _texts(words, fontSize=12, color=LIGHT.ink),
        _texts(note, fontSize=12, align="right", color=LIGHT.muted),
    ).properties(width=WIDTH, height=HEIGHT)


def matrix() -> Any:
    """Return the whole table: from each place, a mark under each to which a person may go straight from there."""
    rows = table()
    kinds = [name for name in GROUPS if any(group == name for group, _ in rows.values())]
    cells = [
        {"from": place, "to": to, "group": rows[to][0]}
        for place, (_, destinations) in rows.items()
        for to in destinations
    ]
    order = sorted(rows, key=lambda place: kinds.index(rows[place][0]))
    lived = [place for place in order if rows[place][1]]
    return (
        alt.Chart(_rows(cells))
        .mark_square(size=210, opacity=1, color=LIGHT.belief)
        .encode(
            alt.X(
                "to:N",
                sort=order,
                title="to",
                axis=alt.Axis(orient="top", labelAngle=-50, grid=True, labelOverlap=False),
            ),
            alt.Y("from:N", sort=lived, title="from", axis=alt.Axis(grid=True, labelOverlap=False)),
        )
        .properties(width=26 * len(order), height=26 * len(lived))
    )


def _described(drawn: str, title: str, text: str) -> str:
    """Return a drawing with a title and a description that screen readers say, and with the table that it was drawn from."""
    data = json.dumps({place: list(to) for place, (_, to) in table().items()}, ensure_ascii=False)
    head, _, rest = drawn.partition(">")
    return (
        f'{head} role="img" aria-labelledby="title desc"><title id="title">{escape(title)}</title>'
        f'<desc id="desc">{escape(text)}</desc><metadata id="moves">{escape(data)}</metadata>{rest}'
    )


def write(folder: Path) -> None:
    """Write ``pathway.svg`` and ``moves.svg`` into a folder."""
    groups = "; ".join(f"{start} to {end}" for (start, end), *_ in _ways())
    pictures = {
        "pathway.svg": (pathway(), "The secure pathway: places, and moves between them", f"Arrows: {groups}."),
        "moves.svg": (
            matrix(),
            "Every move of the pathway",
            "A mark for each place to which a person may go straight.",
        ),
    }
    for name, (chart, title, text) in pictures.items():
        with written(folder / name) as aside:
            Path(aside).write_text(_described(drawing(chart), title, text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
