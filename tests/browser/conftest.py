"""A real browser for tests of what is looked at: Debian's Chromium, without a request beyond the loopback."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class Visit:
    """A page that is open, and what happened on it."""

    page: Any
    requests: list[str] = field(default_factory=list)
    """Every address that was asked for, but data in the page itself."""
    outside: list[str] = field(default_factory=list)
    """Those that lie beyond the loopback, each of which was refused."""
    errors: list[str] = field(default_factory=list)
    """Errors and warnings of the console, and exceptions that nobody caught."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return a Chromium without a window; without one on this machine, the test is skipped."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        # Chromium's sandbox needs rights that containers seldom give; all it opens here are pages of our own.
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any) -> Callable[..., AbstractContextManager[Visit]]:
    """Return what opens an address and keeps a record: ``with visit(url, width=1280) as seen``; options are those of a context."""

    @contextmanager
    def opened(url: str, *, width: int = 1280, height: int = 900, **options: Any) -> Iterator[Visit]:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        seen = Visit(context.new_page())

        def decide(route: Any) -> None:
            asked = urlsplit(route.request.url)
            if asked.scheme in ("http", "https", "ws", "wss") and asked.hostname not in LOOPBACK:
                seen.outside.append(route.request.url)
                route.abort()
            else:
                route.continue_()

        context.route("**/*", decide)
        seen.page.on(
            "request",
            lambda asked: seen.requests.append(asked.url) if not asked.url.startswith(("data:", "blob:")) else None,
        )
        seen.page.on(
            "console",
            lambda said: seen.errors.append(f"{said.type}: {said.text}") if said.type in ("error", "warning") else None,
        )
        seen.page.on("pageerror", lambda error: seen.errors.append(f"uncaught: {error}"))
        seen.page.goto(url)
        try:
            yield seen
        finally:
            context.close()

    return opened
