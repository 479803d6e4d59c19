"""The shop's time: Vietnam has one zone without summer time, and a bank's "today" is a Vietnam day."""

import re
from contextlib import suppress
from datetime import date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_IN_FULL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


def from_wall_time(text: str) -> datetime:
    """Read `YYYY-MM-DD HH:MM:SS` as Vietnam wall time and return an aware moment.

    Raises:
        ValueError: the text has another form or names no moment.
    """
    if _IN_FULL.fullmatch(text):  # As banks write it; strptime takes twenty times as long.
        with suppress(ValueError):  # There is no such day: strptime says so.
            return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=VIETNAM)


def typed_moment(text: str) -> datetime:
    """Read a moment as people type it, such as `2026-11-01 10:00`: without a zone it is Vietnam time.

    Raises:
        ValueError: it is no moment.
    """
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=VIETNAM)).astimezone(VIETNAM)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'{text!r} is no moment: write it like "2026-11-01 10:00".') from error


def vietnam_day(at: datetime) -> date:
    """Return the Vietnam calendar day of an aware moment."""
    return at.astimezone(VIETNAM).date()


def on_the_wire(at: datetime | None) -> str | None:
    """Return ISO 8601 with Vietnam's offset, to the second, as every API answer carries it."""
    return at.astimezone(VIETNAM).isoformat(timespec="seconds") if at else None
