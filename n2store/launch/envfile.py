"""Files of NAME=value lines that settings.py reads for what the environment leaves open."""

from collections.abc import Mapping
from pathlib import Path


def read(path: Path) -> dict[str, str]:
    """The names and values of `path`; empty when there is no such file."""
    if not path.is_file():
        return {}
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if "=" in line and line[0] != "#")
    return dict(line.split("=", 1) for line in lines)


def write(path: Path, values: Mapping[str, str]) -> None:
    """Replace `path` by `values` in one step, readable by its owner only."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
    fresh.replace(path)
