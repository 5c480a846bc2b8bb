"""``python -m stepdown`` and the command ``stepdown``."""

import sys

from stepdown.running.signals import end_at_the_second_interrupt, end_before_the_run

__all__ = ["main"]


def main() -> None:
    """Run the command line of the process, and end it."""
    if sys.argv[1:2] in (["run"], ["resume"]):
        end_before_the_run()
    end_at_the_second_interrupt()
    # The command line takes a while to load.
    from stepdown.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
