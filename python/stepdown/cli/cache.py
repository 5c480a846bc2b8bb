"""`stepdown cache`: the settled worlds that runs share."""

from typing import Annotated

import typer

from stepdown.cli import say


def cache(
    *,
    clear: Annotated[bool, typer.Option("--clear", help="Take everything away.")] = False,
    as_json: say.Json = False,
) -> None:
    """Show where settled worlds are kept and how large they are, or take them away.

    Example: stepdown cache --clear
    """
    from stepdown import settled

    freed = settled.clear() if clear else 0
    worlds = settled.stored()
    place, most, held = settled.place(), settled.most(), sum(world.stat().st_size for world in worlds)
    if as_json:
        say.data_json({"place": str(place), "worlds": len(worlds), "bytes": held, "most": most, "freed": freed})
    elif clear:
        say.data(f"{place}: {freed / settled.GIB:.2f} GiB taken away")
    else:
        of = f"{held / settled.GIB:.2f} of {most / settled.GIB:g} GiB"
        say.data(f"{place}: {of} in {len(worlds)} settled worlds")
