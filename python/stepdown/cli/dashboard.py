"""`stepdown dashboard`: runs and result sets in a browser, from a server on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli import optional, options, output


def dashboard(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN | SWEEP ...", help="Folders of runs and sweeps.")],
    *,
    port: Annotated[
        int, typer.Option(parser=options.whole(0, 65535), metavar="N", help="Port; 0 for any that is free.")
    ] = 2718,
    as_json: output.Json = False,
) -> None:
    """Look at runs and sweeps in a browser: scenarios side by side by area and year, and one person; Ctrl-C ends it.

    Example: stepdown dashboard runs/baseline runs/bradley
    """
    with optional.extra("dashboard", "dashboard"):
        from stepdown.dashboard.arms import read
        from stepdown.dashboard.serve import serve

    def told(address: str) -> None:
        output.data_json({"address": address}) if as_json else output.log(f"{address} (Ctrl-C ends it)")

    serve(read(runs), port, told)
