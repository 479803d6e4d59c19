"""`/api/v2/analytics/…`: the shop in figures. `rfm/…` below it belongs to `customers`."""

from datetime import date
from functools import partial

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.analytics import figures
from n2store.analytics.snapshots import kept
from n2store.json_answers import answer
from n2store.paging import number_of
from n2store.roles import IsStaffMember

DAYS = 30
DAYS_MAX = 366
OBJECT = {200: OpenApiTypes.OBJECT, 400: OpenApiTypes.OBJECT}


class Dashboard(APIView):
    """The shop at a glance."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_analytics_dashboard", responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return it, some seconds old at most; one statement."""
        return answer(kept("dashboard", figures.dashboard))


class RfmSegments(APIView):
    """Customers by segment, score and tier."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_analytics_rfm_segments", responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return the distributions."""
        return answer(kept("rfm-segments", figures.rfm_segments))


class TicketMetrics(APIView):
    """Tickets by type, state, day and age."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_analytics_ticket_metrics", parameters=[OpenApiParameter("days", int)], responses=OBJECT
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the figures of the last `days`."""
        days = _days(request)
        return answer(kept(f"ticket-metrics:{days}", partial(figures.ticket_metrics, days=days)))


class WalletSummary(APIView):
    """What wallets hold, and what moves."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_analytics_wallet_summary", responses=OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """Return the figures."""
        return answer(kept("wallet-summary", figures.wallet_summary))


class DailySummary(APIView):
    """Money in and out for each day."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_analytics_daily_summary",
        parameters=[
            OpenApiParameter("days", int),
            OpenApiParameter("start_date", str),
            OpenApiParameter("end_date", str),
        ],
        responses=OBJECT,
    )
    def get(self, request: Request) -> HttpResponse | Response:
        """Return the last `days`, or the days from `start_date` to `end_date`, newest first."""
        first, last = _day(request, "start_date"), _day(request, "end_date")
        if first is None and last is None:
            days = _days(request)
            return answer(kept(f"daily-summary:{days}", partial(figures.last_days, days=days)))
        if first is None or last is None or not 0 <= (last - first).days < DAYS_MAX:
            raise ValidationError(f"start_date and end_date name 1 to {DAYS_MAX} days")
        return Response({"success": True, "data": figures.daily_summary(first, last)})


def _days(request: Request) -> int:
    return number_of(request.query_params.get("days"), "days", default=DAYS, most=DAYS_MAX)


def _day(request: Request, name: str) -> date | None:
    given = request.query_params.get(name, "").strip()
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise ValidationError({name: "must be a day such as 2026-01-31"}) from error
    if not 2000 <= day.year < 2200:
        raise ValidationError({name: "must be a day of this century"})
    return day


urlpatterns = [
    path("dashboard", Dashboard.as_view()),
    path("rfm-segments", RfmSegments.as_view()),
    path("ticket-metrics", TicketMetrics.as_view()),
    path("wallet-summary", WalletSummary.as_view()),
    path("daily-summary", DailySummary.as_view()),
]
