"""The launcher's voice."""

import sys


def say(line: str) -> None:
    """Write a line to the terminal, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
