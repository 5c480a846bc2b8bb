"""Writes a report: as one page, as one workbook, or as a folder with a file for each figure."""

from __future__ import annotations

import csv
import io
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from stepdown.atomic import refuse_file, written
from stepdown.errors import OutputExistsError, UsageError
from stepdown.report.drawing import bitmap, document, drawing
from stepdown.report.figures import figures
from stepdown.report.page import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepdown.report.answer import Answer
    from stepdown.report.figures import Figure, LeftOut

__all__ = ["FORMATS", "write"]

FORMATS = ("html", "xlsx", "png", "svg", "pdf", "csv")
"""What a report can be written as: a page, a workbook, or a folder with a file of that kind for each figure."""

_ALWAYS = datetime(2000, 1, 1)  # noqa: DTZ001 -- a workbook has no zone of time
"""When a workbook says that it was made: a clock would make other bytes of the same tables."""

WHOLE = ("html", "xlsx")
"""Those that are one file."""


def _sheet(figure: Figure) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(figure.rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(figure.rows)
    return text.getvalue().encode()


EACH: dict[str, Callable[[Figure], bytes]] = {
    "png": bitmap,
    "svg": lambda figure: drawing(figure).encode(),
    "pdf": document,
    "csv": _sheet,
}
"""What makes the bytes of a figure, by ending."""


def write(
    answer: Answer,
    out: Path,
    form: str,
    *,
    overwrite: bool = False,
    drawn: tuple[list[Figure], list[LeftOut]] | None = None,
) -> tuple[list[Path], list[LeftOut]]:
    """Write a report.

    Parameters
    ----------
    answer
        What it is about.
    out
        File of the page or the workbook; else the folder.
    form
        One of `FORMATS`.
    overwrite
        Whether files that are there may be replaced.
    drawn
        What `figures` has made of the answer, where that was done already.

    Returns
    -------
    tuple
        Files that were written, and figures that couldn't be made.

    Raises
    ------
    OutputExistsError
        A file is there, or `out` lies inside the folder of a run.
    """
    if form in WHOLE:
        refuse_file(out, overwrite=overwrite)
    made, left_out = drawn or figures(answer)
    if not made:
        message = f"{answer.title}: there is nothing to draw; allowed: runs with indicators"
        raise UsageError(message)
    if form == "html":
        _put(out, page(answer, made, left_out).encode(), overwrite=overwrite)
        return [out], left_out
    if form == "xlsx":
        _put(out, _workbook(made), overwrite=overwrite)
        return [out], left_out
    return _each(made, out, form, overwrite=overwrite), left_out


def _each(made: list[Figure], out: Path, form: str, *, overwrite: bool) -> list[Path]:
    paths = [out / f"{figure.id}.{form}" for figure in made]
    for path in paths:
        refuse_file(path, overwrite=overwrite)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{out}: it can't be a folder ({os.strerror(error.errno or 0)})"
        raise OutputExistsError(message) from None
    for figure, path in zip(made, paths, strict=True):
        _put(path, EACH[form](figure), overwrite=overwrite)
    return paths


def _put(path: Path, data: bytes, *, overwrite: bool) -> None:
    with written(path, overwrite=overwrite) as aside:
        Path(aside).write_bytes(data)


def _workbook(made: list[Figure]) -> bytes:
    """Return a workbook: a sheet of contents, and one for each figure's table. The same tables give the same bytes."""
    import xlsxwriter

    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": _ALWAYS})
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        contents = book.add_worksheet("contents")
        contents.set_column(0, 0, 14)
        contents.set_column(1, 1, 40)
        contents.set_column(2, 2, 100)
        contents.write_row(0, 0, ["sheet", "figure", "what it says"], bold)
        for k, figure in enumerate(made, 1):
            contents.write_row(k, 0, [figure.id, figure.title, figure.said], wrapped)
            sheet = book.add_worksheet(figure.id)
            keys = list(figure.rows[0])
            sheet.write_row(0, 0, keys, bold)
            for line, row in enumerate(figure.rows, 1):
                sheet.write_row(line, 0, ["" if row[key] is None else row[key] for key in keys])
            sheet.freeze_panes(1, 0)
            sheet.autofit()
    return data.getvalue()
