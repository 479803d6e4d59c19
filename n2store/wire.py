"""How values come and go: instants in UTC with milliseconds, as the shop's pages have always read them; texts."""

import re
from datetime import UTC, datetime

_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def instant(at: datetime | None) -> str | None:
    """Return ISO 8601 in UTC, such as `2026-01-12T01:39:05.120Z`; `n2store_iso` writes the same in SQL."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def storable(text: str) -> bool:
    """Tell whether PostgreSQL takes the text: no NUL, no half of a pair."""
    return _NOT_STORABLE.search(text) is None


def stored(text: str) -> str:
    """Return the text with a mark in place of what PostgreSQL does not take."""
    return text if storable(text) else "".join(c if storable(c) else "\ufffd" for c in text)
