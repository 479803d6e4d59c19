"""How values are written in answers: instants in UTC with milliseconds, as the shop's pages have always read them."""

from datetime import UTC, datetime


def instant(at: datetime | None) -> str | None:
    """Return ISO 8601 in UTC, such as `2026-01-12T01:39:05.120Z`; `n2store_iso` writes the same in SQL."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
