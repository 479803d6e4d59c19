"""Whether collectstatic has anything to do: it takes seconds, and hardly ever has."""

import hashlib
import importlib.metadata

from n2store.launch.place import PROJECT, Place

STAMP = ".collected"


def fingerprint() -> str:
    """A digest of what the collected files are made from: installed packages, settings, the project's own files."""
    parts = sorted(f"{dist.name} {dist.version}" for dist in importlib.metadata.distributions())
    for source in [PROJECT / "n2store" / "settings.py", *sorted(PROJECT.glob("static/**/*"))]:
        if source.is_file():
            about = source.stat()
            parts.append(f"{source} {about.st_size} {about.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def up_to_date(place: Place) -> bool:
    """Whether the files collected at this place were made from what is there now."""
    stamp = place.static / STAMP
    return stamp.is_file() and stamp.read_text() == fingerprint()


def remember(place: Place) -> None:
    """Note what the collected files were made from."""
    (place.static / STAMP).write_text(fingerprint())
