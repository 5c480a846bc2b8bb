"""What no command foresaw ends in one sentence and a code of its own; where it broke goes to a file."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from stepdown.cli import invoke
from stepdown.running import burn_in_cache

if TYPE_CHECKING:
    from collections.abc import Callable


def raising(error: BaseException) -> Callable[[], object]:
    def raised() -> object:
        raise error

    return raised


class PanicException(BaseException):
    """What leaves the engine where nobody catches it."""


@pytest.mark.parametrize(
    "error", [KeyError("x\x1b[2Jy"), RecursionError("deep"), AssertionError(), PanicException("it broke")]
)
def test_a_bug_is_one_sentence_with_code_70_and_a_file(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(burn_in_cache, "stored", raising(error))
    assert invoke(["cache"]) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1 and "\x1b" not in err
    assert err.startswith(f"stepdown: a bug, please report it: {type(error).__name__}")
    file = re.search(r"where it broke is in (\S+)\n", err)
    assert file is not None
    assert "Traceback" in Path(file[1]).read_text() and "raised" in Path(file[1]).read_text()


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (MemoryError(), "there is too little memory"),
        (pa.ArrowMemoryError("malloc of size 64 failed"), "there is too little memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "there is too little memory"),
        (OSError(errno.EMFILE, "Too many open files"), "there are too few open files"),
        (OSError(errno.EAGAIN, "Resource temporarily unavailable"), "there are too few threads"),
        (RuntimeError("can't start new thread"), "there are too few threads"),
        (ImportError("libx.so: failed to map segment from shared object"), "there is too little memory"),
    ],
)
def test_what_the_machine_lacks_has_a_code_of_its_own(
    error: Exception, what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(burn_in_cache, "stored", raising(error))
    assert invoke(["cache"]) == 9
    err = capsys.readouterr().err
    assert err.startswith(f"stepdown: {what}") and err.count("\n") == 1
