"""The records for reviewers: no item is empty, the page is what the command writes, and every source has a licence and an address."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from stepdown import evidence

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def records() -> Any:
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module("records")
    finally:
        sys.path.pop(0)


def test_no_item_of_a_record_is_empty(records: Any) -> None:
    found = records.load()
    assert [record["title"] for record in found] == ["ODD+D", "TRACE", "STRESS-ABS", "CHEERS 2022"]
    for record in found:
        numbers = [number for number, *_ in record["items"]]
        assert len(numbers) == len(set(numbers))
        for number, asks, status, text in record["items"]:
            assert status in records.STATUSES, number
            assert asks.strip() and len(text.split()) >= 2, (record["title"], number)
    assert [number for number, *_ in found[3]["items"]] == [str(k) for k in range(1, 29)]


def test_the_page_of_records_is_what_the_command_writes(records: Any) -> None:
    assert (DOCS / "records.md").read_text(encoding="utf-8") == records.page(records.load())


def test_every_assumption_is_rated_and_every_source_has_a_licence_and_an_address(records: Any) -> None:
    loaded = evidence.load()
    logs = {
        records.assumptions(loaded): sum(p.keys[0] == "A" for p in loaded.parameters.values()),
        records.sources(loaded): len(loaded.sources),
    }
    for log, rows in logs.items():
        lines = [line for line in log.splitlines() if line.startswith("| ")][2:]
        assert len(lines) == rows
        for line in lines:
            assert all(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]), line
