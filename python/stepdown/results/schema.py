"""The documented schema of a run's output: tables, columns, units, vocabularies and indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stepdown import _core
from stepdown.results.indicators import GROUPS, INDICATORS, SCHEMA
from stepdown.results.run import YEARLY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

__all__ = ["markdown", "schema", "table_page"]


def schema() -> dict[str, Any]:
    """Return the schema as plain data: tables with columns, vocabularies, indicators.

    Examples
    --------
    >>> [table["table"] for table in schema()["tables"]][:8]
    ['events', 'spells', 'people', 'daily', 'areas', 'ledger', 'accounts', 'contracts']
    """
    tables = []
    for table in _core.schema():
        name = table["table"]
        files = f"{name}/YEAR.arrow" if name in YEARLY else f"{name}.parquet"
        tables.append({"table": name, "files": files, **{k: v for k, v in table.items() if k != "table"}})
    tables.append(
        {
            "table": "indicators",
            "files": "indicators.parquet",
            "description": "One row per year, area, group, level and indicator: every cell of a total, and each cell of a share or mean that has one.",
            "columns": [_column(field) for field in SCHEMA],
        }
    )
    return {
        "tables": tables,
        "vocabularies": {
            name: [{"code": code, "word": word, "meaning": meaning} for code, word, meaning in words]
            for name, words in _core.codes().items()
        },
        "groups": GROUPS,
        "indicators": [
            {"indicator": i.name, "unit": i.unit, "denominator": i.over, "by": list(i.groups), "description": i.what}
            for i in INDICATORS
        ],
    }


def _column(field: pa.Field) -> dict[str, Any]:
    said = {key.decode(): value.decode() for key, value in field.metadata.items()}
    return {"name": field.name, "type": str(field.type), "nullable": field.nullable, "vocabulary": None, **said}


SQL = (
    "```sql",
    'SELECT "from", "to", count(*) AS moves FROM \'parquet/events/*.parquet\'',
    'WHERE event = \'move\' GROUP BY "from", "to" ORDER BY moves DESC;',
    "",
    "SELECT place, avg(\"end\" - start) AS days FROM 'parquet/spells/*.parquet'",
    "WHERE ending <> 'open' GROUP BY place ORDER BY days;",
    "",
    'SELECT "primary", count(*) AS people FROM \'parquet/people/*.parquet\' GROUP BY "primary" ORDER BY people;',
    "",
    "SELECT day, sum(waiting - (beds - occupied - held)) AS short FROM 'parquet/daily/*.parquet' GROUP BY day ORDER BY day;",
    "",
    "SELECT year, level, value FROM 'parquet/indicators.parquet'",
    "WHERE indicator = 'occupancy' AND \"group\" = 'tier' ORDER BY year, level;",
    "```",
)
"""Examples whose names of columns are quoted where SQL needs it; a test runs them."""


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [*lines, ""]


def _page(table: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            f"`{c['name']}`",
            f"`{c['type']}`",
            c["vocabulary"] or c["unit"],
            c["description"] + (" May be missing." if c["nullable"] else ""),
        ]
        for c in table["columns"]
    ]
    head = [f"## {table['table']}", "", f"`{table['files']}`: {table['description']}", ""]
    return head + _table(["column", "type", "unit or vocabulary", "meaning"], rows)


def table_page(table: Mapping[str, Any]) -> str:
    """Return one table of the schema as a page to read.

    Examples
    --------
    >>> print(table_page(schema()["tables"][-1]).splitlines()[0])
    ## indicators
    """
    return "\n".join(_page(table)).rstrip()


def markdown() -> str:
    """Return the schema as a page to read."""
    data = schema()
    lines = [
        "# The data of a run",
        "",
        "Dates are days; years are financial and named by their 1 April; the burn-in is not reported.",
        "Arrow files are compressed with LZ4, their dictionaries fixed before the first row; the rest is Parquet.",
        "",
        "Numbers are signed, so that they can be subtracted, and `person` survives a double. A run of a sample (`--population` below 1)",
        "counts the people of the sample in its tables: divide their counts of people, beds, events, pence and QALYs by `stepdown.share`",
        "in the table's metadata (`share` in the manifest) to come to England. Whatever sums them up does so itself: the values of",
        "`indicators`, estimands and series are of all England; what they rest on (`denominator`, `n`) is counted in the run. Shares, means",
        "and days stay as they are. Small pools bias some of them: `stepdown.sample` says which. `stepdown.seed` and `stepdown.replicate`",
        "say whose table it is.",
        "",
        "`indicators` is complete: a total has a row for each year, area and level, 0 where nothing happened, so that a mean over rows is a",
        "mean over cells. A share or a mean has a row where there is something to take it of; over several cells, weigh it by its",
        "`denominator`. `daily` has a row for each day, sex and tier that a commissioner commissions. In `ledger` and `accounts`, what was not booked has no row: [money](money.md).",
        "",
        "The columns `from`, `to`, `end`, `group` and `primary` are words of SQL: quote them. After",
        "`stepdown export runs/baseline --parquet parquet`, in DuckDB:",
        "",
        *SQL,
        "",
    ]
    for table in data["tables"]:
        lines += _page(table)
    lines += ["## Indicators", ""]
    lines += _table(
        ["indicator", "unit", "over", "by", "meaning"],
        [
            [f"`{i['indicator']}`", i["unit"], i["denominator"] or "", ", ".join(i["by"]), i["description"]]
            for i in data["indicators"]
        ],
    )
    lines += ["## Vocabularies", ""]
    for name, words in data["vocabularies"].items():
        lines += [f"### {name}", ""]
        lines += _table(
            ["code in the engine", "word", "meaning"], [[str(w["code"]), w["word"], w["meaning"]] for w in words]
        )
    return "\n".join(lines).rstrip()
