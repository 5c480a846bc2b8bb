"""`stepdown cache`: shows and clears the burn-in states that runs share."""

from typing import Annotated

import typer

from stepdown.cli import output


def cache(
    *,
    clear: Annotated[bool, typer.Option("--clear", help="Remove every burn-in state that is stored.")] = False,
    as_json: output.Json = False,
) -> None:
    """Show where burn-in states are stored and how large they are, or remove them.

    Example: stepdown cache --clear
    """
    from stepdown.running import burn_in_cache

    freed = burn_in_cache.clear() if clear else 0
    states = burn_in_cache.stored()
    place, most, held = burn_in_cache.place(), burn_in_cache.most(), sum(state.stat().st_size for state in states)
    if as_json:
        output.data_json({"place": str(place), "worlds": len(states), "bytes": held, "most": most, "freed": freed})
    elif clear:
        output.data(f"{place}: {freed / burn_in_cache.GIB:.2f} GiB taken away")
    else:
        of = f"{held / burn_in_cache.GIB:.2f} of {most / burn_in_cache.GIB:g} GiB"
        output.data(f"{place}: {of} in {len(states)} burn-in states")
