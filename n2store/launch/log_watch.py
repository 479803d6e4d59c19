"""What the terminal shows of the log files: lines that somebody should read."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PAUSE_S = 0.5
# A line that opens an entry; what follows without one (a traceback) belongs to it.
OPENS = re.compile(r'^(\[?\d{4}[-/]\d\d|\[[A-Z]+\]|\d+:[A-Z] |\{"level")')
MATTERS = re.compile(r"\b(ERROR|CRITICAL|FATAL|PANIC)\b|not expected|gave up")


def choose(lines: Iterable[str], *, everything: bool) -> Iterator[str]:
    """The lines that matter, each with the lines that belong to it."""
    matters = everything
    for line in lines:
        if not everything and (OPENS.match(line) or line.startswith("Traceback")):
            matters = bool(MATTERS.search(line)) or line.startswith("Traceback")
        if matters:
            yield line


class LogFile:
    """A log file read from its end on, also after it was rotated."""

    def __init__(self, path: Path) -> None:
        """Start at the present end of `path`, which need not exist yet."""
        self.path = path
        self.offset = path.stat().st_size if path.exists() else 0

    def fresh_lines(self) -> list[str]:
        """The complete lines written since the last call."""
        if not self.path.exists():
            return []
        if self.path.stat().st_size < self.offset:
            self.offset = 0
        with self.path.open("rb") as file:
            file.seek(self.offset)
            text = file.read()
        complete = text[: text.rfind(b"\n") + 1]
        self.offset += len(complete)
        return complete.decode(errors="replace").splitlines()


def watch(files: dict[str, LogFile], say: Callable[[str], None], *, everything: bool, stop: threading.Event) -> None:
    """Say what matters in `files`, by name, until `stop` is set."""
    while not stop.wait(PAUSE_S):
        for name, file in files.items():
            for line in choose(file.fresh_lines(), everything=everything):
                say(f"{name:>11} | {line}")
