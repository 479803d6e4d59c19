"""Compile locale/*.po to .mo, without gettext, or --check it: `python -m n2store.launch.translations [--check]`."""

import sys
from pathlib import Path

import polib  # type: ignore[import-untyped]  # It has no types.

from n2store.launch.place import PROJECT


def po_files() -> list[Path]:
    """Every translation of the project, in order."""
    return sorted(PROJECT.glob("locale/*/LC_MESSAGES/*.po"))


def fault(path: Path) -> str | None:
    """What is wrong with `path` or its compiled file, in a sentence; None when nothing is."""
    po, compiled = polib.pofile(str(path)), path.with_suffix(".mo")
    if unfinished := len(po.untranslated_entries()) + len(po.fuzzy_entries()):
        return f"{path}: texts without a translation: {unfinished}."
    if not compiled.is_file() or compiled.read_bytes() != po.to_binary():
        return f"{compiled} does not match its .po: run `make translations`."
    return None


def compile_all() -> None:
    """Write the .mo beside each .po."""
    for path in po_files():
        polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit("\n".join(filter(None, map(fault, po_files()))) or None)
    compile_all()
