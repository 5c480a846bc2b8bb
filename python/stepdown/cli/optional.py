"""What commands say that need an extra of the package which isn't installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from stepdown.errors import UsageError


@contextmanager
def extra(command: str, name: str) -> Iterator[None]:
    """Import what an extra brings; say in one sentence what is missing, and how to get it.

    Raises
    ------
    UsageError
        A module is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "stepdown":
            raise
        message = (
            f"{command} needs {error.name}, which isn't installed; pip install 'stepdown[{name}]' brings all it needs"
        )
        raise UsageError(message) from None
