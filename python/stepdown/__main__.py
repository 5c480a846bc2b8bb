"""``python -m stepdown`` and the command ``stepdown``.

Nothing heavy is imported before it is known that there is room for it: libraries that are loaded with too little memory hang, end the
process by themselves, or fail with whatever comes next.
"""

import mmap
import os
import resource
import sys
import threading
from pathlib import Path
from typing import NoReturn

from stepdown.errors import BUG, Interrupted, ResourceError, StepdownError, lacking, printable
from stepdown.running.signals import end_at_the_second_interrupt, end_before_the_run

__all__ = ["main"]

MIB = 1 << 20
"""Bytes of a MiB."""

ROOM = 480 * MIB
"""Address space that it takes to load the command line [bytes]: 450 MiB were measured on Linux (`VmPeak`)."""

TABLES = 800 * MIB
"""Address space that it takes to load what reads and writes tables, too [bytes]."""

THREADS = 300 * MIB
"""Address space that a processor's threads of those libraries take [bytes]: with two, 1390 MiB were measured altogether."""

PROCESSORS = 2
"""For how many processors those libraries have threads where address space is limited: a large machine has little more than a small one."""

OTHERS = 10
"""Threads besides one for each processor: Arrow's eight for files, the engine's and the writer's."""

LIGHT = (
    "--help",
    "-h",
    "--version",
    "--install-completion",
    "--show-completion",
    "cache",
    "explain",
    "init",
    "schema",
    "validate",
)
"""Commands that read no tables."""

SCARCE = 64 * MIB
"""If less address space is left after a failure, that is why [bytes]."""


def main() -> None:
    """Run the command line of the process, and end it."""
    if sys.argv[1:2] in (["run"], ["resume"], ["task"], ["sweep"]):
        end_before_the_run()
    end_at_the_second_interrupt()
    # Linear algebra is done in single threads: each that OpenBLAS has takes address space, and it can't do with fewer than it is told.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    processors = os.cpu_count() or 1
    if limit != resource.RLIM_INFINITY:
        processors = min(processors, PROCESSORS)
        # Arrow's own way to get memory begins with a GiB of address space; Arrow and Polars have a thread for each processor.
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        os.environ.setdefault("OMP_NUM_THREADS", str(processors))
        os.environ.setdefault("POLARS_MAX_THREADS", str(processors))
    light = len(sys.argv) < 2 or sys.argv[1] in LIGHT or {"--help", "-h"} & set(sys.argv) != set()
    needed = ROOM if light else TABLES + THREADS * processors
    if not _there_is(needed):
        there = (
            f"{max(limit - _held(), 0) // MIB} MiB are left" if limit != resource.RLIM_INFINITY else "that is not left"
        )
        _end(
            ResourceError(
                f"there is too little memory to load it: it takes {needed // MIB} MiB of address space, and {there}; "
                "allowed: a higher limit (ulimit -v), or a larger machine"
            )
        )
    if not light and not _may_have(processors):
        _end(
            ResourceError(
                "there are too few threads or processes for the libraries that work with tables; "
                "allowed: a higher limit (ulimit -u), or a larger machine"
            )
        )
    try:
        # The command line takes a while to load.
        from stepdown.cli import main as command_line
    except BaseException as error:  # noqa: BLE001 -- the process ends, whatever it was
        _end(error)
    command_line()


def _there_is(room: int) -> bool:
    """Return whether the process may have so much more address space [bytes]; none of it is used."""
    try:
        mmap.mmap(-1, room, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except (OSError, MemoryError):
        return False
    return True


def _may_have(processors: int) -> bool:
    """Return whether the process may have the threads that Arrow, the engine and the writer have: without them, Arrow waits for ever."""
    enough = threading.Event()
    started = []
    try:
        for _ in range(processors + OTHERS):
            started.append(threading.Thread(target=enough.wait, daemon=True))
            started[-1].start()
    except RuntimeError:
        started.pop()
        return False
    finally:
        enough.set()
        for thread in started:
            thread.join()
    return True


def _held() -> int:
    """Return the address space that the process has [bytes], where the system says it."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def _end(error: BaseException) -> NoReturn:
    """End a process that couldn't load the command line, with one sentence and a code."""
    said = f"it can't be loaded ({type(error).__name__}: {error}); allowed: to install it again, and whole"
    code = BUG
    if isinstance(error, KeyboardInterrupt):
        said, code = "interrupted", Interrupted.exit_code
    elif (lack := lacking(error)) is not None or not _there_is(SCARCE):
        said, code = str(lack or lacking(MemoryError())), ResourceError.exit_code
    elif isinstance(error, StepdownError):
        said, code = str(error), error.exit_code
    os.write(2, f"stepdown: {printable(' '.join(said.split()))}\n".encode())
    # What was loaded by half is not asked to clear up.
    os._exit(code)


if __name__ == "__main__":
    main()
