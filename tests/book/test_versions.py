"""The lowest and the newest versions are tried where pip would fetch them, and what can't be fetched is told from what fails."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("floors", ROOT / "tests" / "floors.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["floors"] = module  # a dataclass looks its module up
    spec.loader.exec_module(module)
    return module


floors: Any = loaded()


def test_uv_asks_the_index_that_pip_asks() -> None:
    said = "\n".join(
        [
            ":env:.index-url='https://me:word@one.example/simple'",
            ":env:.find-links='/wheels\\n/more'",
            "global.index-url='https://two.example/simple'",
            "global.extra-index-url='https://three.example/a https://three.example/b'",
            "install.extra-index-url='https://four.example'",
            "global.cert='/etc/ssl/some.crt'",
        ]
    )
    assert floors.as_pip_asks(said, {}) == {
        "UV_DEFAULT_INDEX": "https://me:word@one.example/simple",
        "UV_INDEX": "https://four.example",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/etc/ssl/some.crt",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    assert "UV_DEFAULT_INDEX" not in floors.as_pip_asks(said, {"UV_DEFAULT_INDEX": "https://mine.example"})


@pytest.mark.parametrize(
    ("said", "fetches", "unfetched"),
    [
        ("error: Failed to fetch: https://x.example\n  Caused by: dns error", True, True),
        ("  x Request failed after 3 retries\n  operation timed out", True, True),
        ("  x No solution found when resolving dependencies:\n  because the network is odd", True, False),
        ("FAILED tests/cli/test_cli.py: ConnectionError: failed to fetch", False, False),
        ("ModuleNotFoundError: No module named 'numpy'", True, False),
    ],
)
def test_what_cant_be_fetched_is_told_from_what_fails(said: str, fetches: bool, unfetched: bool) -> None:
    with pytest.raises(floors.TrialError) as caught:
        floors.ran(sys.executable, "-c", f"import sys; print({said!r}); sys.exit(1)", fetches=fetches)
    assert isinstance(caught.value, floors.FetchError) == unfetched
    assert caught.value.why == said.splitlines()[-1].strip()


def test_every_python_that_the_package_is_for_is_tried_at_both_ends_before_a_change_lands() -> None:
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert lowest == f">={floors.PYTHONS[0]}"
    assert set(floors.RESOLUTIONS) == {"lowest", "newest"}
    assert "make floors" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert all((ROOT / name).exists() for name in floors.QUICK)
