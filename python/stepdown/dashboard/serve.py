"""The dashboard's server: on this machine only, ended by Ctrl-C at once."""

from __future__ import annotations

import logging
import os
import signal
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import marimo
import uvicorn

from stepdown.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from stepdown.dashboard.arms import Arm

__all__ = ["HOST", "serve", "shown"]

HOST = "127.0.0.1"
"""Where it listens: nobody else's machine reaches it."""

_SHOWN: list[Arm] = []


def shown() -> list[Arm]:
    """Return the scenarios that the server shows; its pages ask for them."""
    return _SHOWN


def _bound(port: int) -> socket.socket:
    """Return a socket that listens, on a port or on any that is free.

    Raises
    ------
    UsageError
        The port is busy, or may not be used.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        message = f"--port: {port} can't be used ({error.strerror}); allowed: a free port, or 0 for any"
        raise UsageError(message) from None
    return listening


class _Server(uvicorn.Server):
    """A server that leaves signals alone: its own handling waits for pages that are open."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _end(number: int, frame: object) -> None:
    """End at once: the server holds nothing that would have to be kept, and pages that are open would keep its threads alive."""
    del number, frame
    os._exit(0)


def _guarded(inner: Any, port: int) -> Callable[..., Awaitable[None]]:
    """Refuse what wasn't asked of this server by its own name, as a page of somebody else's would, and forbid requests elsewhere."""
    names = {f"{name}:{port}".encode() for name in (HOST, "localhost")}
    policy = f"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' ws://{HOST}:{port} ws://localhost:{port} data: blob:"

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and dict(scope["headers"]).get(b"host") not in names:
            await send({"type": "http.response.start", "status": 421, "headers": []})
            await send({"type": "http.response.body", "body": b"ask by the address that stepdown has said"})
            return

        async def restricted(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"content-security-policy", policy.encode())]
            await send(message)

        await inner(scope, receive, restricted)

    return app


def serve(arms: Sequence[Arm], port: int, say: Callable[[str], None]) -> None:
    """Show scenarios until Ctrl-C.

    Parameters
    ----------
    arms
        What is shown.
    port
        Port on the loopback; 0 for any that is free.
    say
        Is told the address once the server listens.

    Raises
    ------
    UsageError
        The port is busy, or may not be used.
    """
    listening = _bound(port)
    port = listening.getsockname()[1]
    _SHOWN[:] = arms
    logging.getLogger("marimo").setLevel(logging.ERROR)
    app = marimo.create_asgi_app(quiet=True).with_app(path="/", root=str(Path(__file__).with_name("app.py"))).build()
    config = uvicorn.Config(_guarded(app, port), log_level="critical", ws="websockets-sansio")
    server = _Server(config)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    say(f"http://{HOST}:{port}")
    server.run(sockets=[listening])
