"""`/api/v2/balance-history`: lists of transfers and their figures. Amounts are whole dong as JSON numbers."""

from datetime import timedelta

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from banking.api.answers import FOUND, PAGING, PERIOD, SEARCH, listed
from banking.api.inputs import midnight, moment_of, text_of
from banking.api.refusals import BankView
from banking.lists import figures
from banking.lists.matches import questions_page
from banking.lists.transfers import (
    ALL,
    APPROVED,
    INCOMING,
    OF_V2,
    TO_REVIEW,
    UNLINKED,
    between,
    decided_saying,
    in_state,
    waiting,
    waiting_saying,
)
from banking.models import MatchStatus, Verification
from banking.queries import transfer_statistics
from n2store.json_answers import answer
from n2store.narrowing import Filter
from n2store.windows import window_of

PER_PAGE = 20
APPROVED_PER_PAGE = 50
OVERDUE_AFTER = timedelta(hours=24)
LINKED = Filter(conditions=("t.customer_id IS NOT NULL",))


class Transfers(BankView):
    """Bank transfers, newest first: the unlinked incoming ones unless asked otherwise."""

    @extend_schema(
        operation_id="v2_balance_history",
        parameters=[
            *PAGING,
            OpenApiParameter("linked", str, enum=["true", "false"]),
            OpenApiParameter("wallet_processed", str, enum=["true", "false"]),
        ],
        responses=FOUND,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return one page. `linked` wins over `wallet_processed`; other combinations mean all."""
        return listed(request, OF_V2, _wanted(request), limit=PER_PAGE)


def _wanted(request: Request) -> Filter:
    linked, processed = text_of(request, "linked"), text_of(request, "wallet_processed")
    if linked == "true":
        return LINKED
    if linked == "false" or not (linked or processed):
        return UNLINKED
    if processed == "false":
        return LINKED.and_("t.direction = 'in'").and_("t.wallet_transaction_id IS NULL")
    return ALL


class Questions(BankView):
    """Questions about transfers' owners, answered ones too."""

    @extend_schema(operation_id="v2_balance_history_pending", parameters=PAGING, responses=FOUND)
    def get(self, request: Request) -> HttpResponse:
        """Return one page, newest first."""
        window = window_of(request, limit=PER_PAGE, limit_max=200, key=(int,))
        page = questions_page(window, states=MatchStatus.values)
        return answer(page.data, pagination=page.block)


class Statistics(BankView):
    """How many transfers there are in each state, and their sums."""

    @extend_schema(operation_id="v2_balance_history_stats", responses=FOUND)
    def get(self, request: Request) -> Response:
        """Return counts and sums."""
        return Response({"success": True, "data": transfer_statistics()})


class VerificationStats(BankView):
    """How many transfers there are in each state, as the history counts them."""

    @extend_schema(operation_id="v2_balance_history_verification_stats", responses=FOUND)
    def get(self, request: Request) -> HttpResponse:
        """Return the counts, without hidden transfers."""
        return answer(figures.by_state(), "stats")


class VerificationQueue(BankView):
    """What waits for the accountant."""

    @extend_schema(
        operation_id="v2_balance_history_verification_queue",
        parameters=[
            *PAGING, *PERIOD, SEARCH,
            OpenApiParameter("status", str, enum=["PENDING_VERIFICATION", "PENDING", "all"]),
        ],
        responses=FOUND,
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Return one page of incoming transfers, newest first; days count only when both are given."""
        wanted = waiting(text_of(request, "status"))
        since, before = moment_of(request, "startDate"), moment_of(request, "endDate", end=True)
        if since and before:
            wanted = between(wanted, since, before)
        if text := text_of(request, "search"):
            wanted = waiting_saying(wanted, text)
        return listed(request, TO_REVIEW, wanted, limit=PER_PAGE)


class AccountantStats(BankView):
    """What the accountant's page counts; it asks every half minute."""

    @extend_schema(operation_id="v2_balance_history_accountant_stats", responses=FOUND)
    def get(self, request: Request) -> HttpResponse:
        """Return what waits, what waits for more than a day, and what was decided this Vietnam day."""
        now = timezone.now()
        return answer(figures.of_accountant(today=midnight(now), overdue=now - OVERDUE_AFTER), "stats")


class ApprovedToday(BankView):
    """What the accountant let in."""

    @extend_schema(
        operation_id="v2_balance_history_approved_today",
        parameters=[*PAGING, *PERIOD, SEARCH, OpenApiParameter("date", str, description="One Vietnam day.")],
        responses=FOUND,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return one page, newest decision first: of today, one day, or a period."""
        since, before = moment_of(request, "startDate"), moment_of(request, "endDate", end=True)
        day, day_end = moment_of(request, "date"), moment_of(request, "date", end=True)
        if not (since and before):
            since, before = (day, day_end) if day else (midnight(timezone.now()), None)
        approved = in_state(INCOMING, Verification.APPROVED)
        wanted = between(approved, since, before, column="verified_at")
        if text := text_of(request, "search"):
            wanted = decided_saying(wanted, text)
        return listed(request, APPROVED, wanted, limit=APPROVED_PER_PAGE)
