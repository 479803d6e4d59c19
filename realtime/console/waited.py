"""How long somebody has waited, in words, and when it becomes too long."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

SOON = timedelta(minutes=15)
LATE = timedelta(hours=1)


def waited(since: datetime, now: datetime) -> str:
    """Return the time between, as one says it: minutes, then hours, then days."""
    minutes = max(int((now - since).total_seconds() // 60), 0)
    hours, days = minutes // 60, minutes // (24 * 60)
    if days:
        return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours % 24}
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes % 60}
    return _("%(minutes)s min") % {"minutes": minutes} if minutes else _("just now")


def alarm(since: datetime, now: datetime) -> str:
    """Return the class of the colour that a wait has."""
    return "is-late" if now - since >= LATE else "is-soon" if now - since >= SOON else ""
