"""How staff narrow the list of transfers. A day is a Vietnam day."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from banking.models import MONEY_IN, BankTransfer, Direction
from n2store.clock import VIETNAM, vietnam_day

BANKS_AMONG_NEWEST = 1_000
"""The banks offered are those of the newest transfers: asking the whole table would read all of it."""


class OwnerFilter(SimpleListFilter):
    """Whose transfer it is, if anybody's; shown as tabs too, see `n2store/navigation.py`."""

    title = _("owner")
    parameter_name = "owner"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("No owner yet")), ("linked", _("With owner")), ("out", _("Outgoing"))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[BankTransfer]) -> QuerySet[BankTransfer]:
        match self.value():
            case "none":
                return queryset.filter(MONEY_IN, customer=None)
            case "linked":
                return queryset.filter(customer__isnull=False)
            case "out":
                return queryset.filter(direction=Direction.OUT)
        return queryset


class BankFilter(SimpleListFilter):
    """Which bank."""

    title = _("bank")
    parameter_name = "bank"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = BankTransfer.objects.order_by("-transferred_at", "-id").values_list("gateway", flat=True)
        return [(name, name) for name in sorted(set(newest[:BANKS_AMONG_NEWEST]))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[BankTransfer]) -> QuerySet[BankTransfer]:
        return queryset.filter(gateway=self.value()) if self.value() else queryset


class DayFilter(SimpleListFilter):
    """One Vietnam day, picked from a calendar or named: today, yesterday, the last seven days."""

    title = _("day")
    parameter_name = "day"
    template = "admin/banking/banktransfer/_day_filter.html"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("Today")), ("yesterday", _("Yesterday")), ("week", _("Last 7 days"))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[BankTransfer]) -> QuerySet[BankTransfer]:
        days = days_meant(self.value() or "", today=vietnam_day(timezone.now()))
        if days is None:
            return queryset
        first, last = (datetime.combine(day, time.min, tzinfo=VIETNAM) for day in days)
        return queryset.filter(transferred_at__gte=first, transferred_at__lt=last + timedelta(days=1))

    @override
    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Return the named days as links, each with what the calendar's little form must carry on."""
        picked = self.value() if _calendar_day(self.value() or "") else ""
        others = [
            (name, value)
            for name, values in changelist.filter_params.items()
            if name != self.parameter_name
            for value in values
        ]
        if changelist.query:
            others.append(("q", changelist.query))
        for choice in super().choices(changelist):
            yield dict(choice) | {"picked": picked, "others": others}


def days_meant(value: str, *, today: date) -> tuple[date, date] | None:
    """Return the first and last day that a filter value means, or None when it means nothing."""
    match value:
        case "today":
            return today, today
        case "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case "week":
            return today - timedelta(days=6), today
    return _calendar_day(value)


def _calendar_day(value: str) -> tuple[date, date] | None:
    """Return the day written as `YYYY-MM-DD`, as first and last."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day, day
