"""`/api/sepay/history` and its figures: all transfers, as the history, Live Mode and the exports read them."""

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from banking.api.answers import FOUND, PAGING, PERIOD, SEARCH, listed
from banking.api.inputs import moment_of, text_of, word_of
from banking.api.refusals import BankView
from banking.lists import figures
from banking.lists.transfers import ALL, HISTORY, between, in_state, of_gateway, saying
from banking.models import Direction, Verification
from n2store.json_answers import answer
from n2store.narrowing import Filter
from n2store.windows import BIGINT_MAX

PER_PAGE = 50
PER_PAGE_MAX = 10_000
"""An export asks for so many."""
GATEWAY = OpenApiParameter("gateway", str, description="Part of a bank's name.")


class History(BankView):
    """Transfers, newest first."""

    @extend_schema(
        operation_id="v1_sepay_history",
        parameters=[
            *PAGING, *PERIOD, GATEWAY, SEARCH,
            OpenApiParameter("type", str, enum=Direction.values),
            OpenApiParameter("showHidden", str, enum=["true", "false"]),
            OpenApiParameter("verification_status", str, enum=Verification.values),
            OpenApiParameter("has_phone", str, enum=["true", "false"]),
            OpenApiParameter("amount", int, description="Whole dong, exactly."),
        ],
        responses=FOUND,
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """Return one page; hidden transfers only with `showHidden=true`."""
        return listed(request, HISTORY, _wanted(request), limit=PER_PAGE, limit_max=PER_PAGE_MAX)


def _wanted(request: Request) -> Filter:
    wanted = ALL if text_of(request, "showHidden") == "true" else ALL.and_("NOT t.is_hidden")
    direction = text_of(request, "type")
    if direction in Direction.values:
        wanted = wanted.and_("t.direction = %(direction)s", direction=direction)
    if state := word_of(request, "verification_status", Verification.values):
        wanted = in_state(wanted, state)
    has_phone = text_of(request, "has_phone")
    if has_phone in {"true", "false"}:
        wanted = wanted.and_(f"t.customer_id IS {'NOT ' if has_phone == 'true' else ''}NULL")
    if amount := text_of(request, "amount"):
        wanted = wanted.and_("t.amount_vnd = %(amount)s", amount=_amount(amount))
    wanted = between(wanted, moment_of(request, "startDate"), moment_of(request, "endDate", end=True))
    if gateway := text_of(request, "gateway"):
        wanted = of_gateway(wanted, gateway)
    if text := text_of(request, "search"):
        wanted = saying(wanted, text)
    return wanted


def _amount(text: str) -> int:
    digits = text.replace(",", "").replace(".", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18 and int(digits) <= BIGINT_MAX):
        raise ValidationError({"amount": "must be a whole number of dong"})
    return int(digits)


class HistoryStats(BankView):
    """How many transfers there are in each state."""

    @extend_schema(operation_id="v1_sepay_history_stats", responses=FOUND)
    def get(self, request: Request) -> HttpResponse:
        """Return the counts, without hidden transfers."""
        return answer(figures.by_state(), "stats")


class Statistics(BankView):
    """Sums of a period."""

    @extend_schema(operation_id="v1_sepay_statistics", parameters=[*PERIOD, GATEWAY], responses=FOUND)
    def get(self, request: Request) -> HttpResponse:
        """Return counts and sums, hidden transfers included, and the balance after the newest of them."""
        wanted = between(ALL, moment_of(request, "startDate"), moment_of(request, "endDate", end=True))
        if gateway := text_of(request, "gateway"):
            wanted = of_gateway(wanted, gateway)
        return answer(figures.sums(wanted), "statistics")


class Balance(BankView):
    """What is in the bank."""

    @extend_schema(
        operation_id="v1_sepay_balance", parameters=[OpenApiParameter("account_number", str)], responses=FOUND
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the balance after the newest transfer, of one account or the busiest last; null without any."""
        return answer(figures.balance(text_of(request, "account_number")))


urlpatterns = [
    path("history", History.as_view()),
    path("history/stats", HistoryStats.as_view()),
    path("statistics", Statistics.as_view()),
    path("balance", Balance.as_view()),
]
