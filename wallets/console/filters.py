"""How staff narrow the ledger: by period, in Vietnam days."""

from datetime import timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from n2store.clock import vietnam_day
from n2store.periods import Period
from wallets.models import Transaction

DAYS = {"1": _("Today"), "7": _("Last 7 days"), "30": _("Last 30 days"), "90": _("Last 90 days")}


class PeriodFilter(SimpleListFilter):
    """The last so many days, today included."""

    title = _("period")
    parameter_name = "days"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(DAYS.items())

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Transaction]) -> QuerySet[Transaction]:
        chosen = self.value()
        if chosen not in DAYS:
            return queryset
        first = vietnam_day(timezone.now()) - timedelta(days=int(chosen) - 1)
        return queryset.filter(occurred_at__gte=Period(first=first).since)
