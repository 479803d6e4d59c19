"""Reading a period that somebody picked: Vietnam days, from and to, both included."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import QueryDict

from n2store.clock import VIETNAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From the first moment of a day until the last of another; either may be open."""

    first: date | None = None
    last: date | None = None

    @property
    def since(self) -> datetime | None:
        """The first moment."""
        return datetime.combine(self.first, time.min, tzinfo=VIETNAM) if self.first else None

    @property
    def before(self) -> datetime | None:
        """The first moment that is no longer in it."""
        return datetime.combine(self.last, time.min, tzinfo=VIETNAM) + timedelta(days=1) if self.last else None


def period_of(given: QueryDict) -> Period:
    """Read `from` and `to`; what is no day is as if it were not there."""
    return Period(first=day_of(given.get("from", "")), last=day_of(given.get("to", "")))


def day_of(text: str) -> date | None:
    """Read a day written as `YYYY-MM-DD`; None for anything else, and for days of no shop's time."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2999, 12, 31) else None
