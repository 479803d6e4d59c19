"""`/api/sepay/debt…` and `/transactions-by-phone`: what a phone has paid in, as the order screens ask for it."""

import json

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from banking.api.answers import DONE, FOUND, body
from banking.api.inputs import Body, text_of
from banking.api.refusals import BankView
from banking.lists import owners
from customers.phones import InvalidPhone, canonical_phone
from n2store.json_answers import answer
from n2store.paging import number_of
from n2store.problems import problem
from n2store.wire import storable

TRANSFERS_SHOWN_MAX = 100
PHONES_MAX = 200
BY_PHONE, BY_PHONE_MAX = 50, 200
PHONE = OpenApiParameter("phone", str, required=True)
PHONES = {"type": "array", "items": {"type": "string"}}
NOBODY = '{"total_debt":0,"transaction_count":0,"transactions":[]}'


class DebtSummary(BankView):
    """What one phone has paid in, with its newest transfers."""

    @extend_schema(operation_id="v1_sepay_debt_summary", parameters=[PHONE], responses=DONE)
    def get(self, request: Request) -> HttpResponse:
        """Return the sum over all transfers, and the newest hundred."""
        given = _phone_given(request)
        found = owners.debt_with_transfers(canonical_phone(given), limit=TRANSFERS_SHOWN_MAX)
        count, data = found or (0, NOBODY)
        source = "balance_history" if count else "no_data"
        beside = json.dumps({"phone": given, "source": source}, ensure_ascii=False)
        return answer(f"{data[:-1]},{beside[1:]}")


class DebtSummaryBatch(BankView):
    """What many phones have paid in."""

    @extend_schema(operation_id="v1_sepay_debt_summary_batch", request=body("phones", phones=PHONES), responses=DONE)
    def post(self, request: Request) -> Response:
        """Return sums by phone without its leading 0; what is no phone is left out."""
        phones = Body(request).fields.get("phones")
        if not isinstance(phones, list) or not phones:
            raise ValidationError("Missing required parameter: phones (array)")
        if len(phones) > PHONES_MAX:
            raise ValidationError(f"Too many phones. Maximum {PHONES_MAX} per request.")
        asked = [phone for phone in (_canonical(given) for given in phones) if phone]
        if not asked:
            return Response({"success": True, "data": {}})
        found = owners.debts(asked)
        data = {
            phone[1:]: {
                "total_debt": found.get(phone, (0, 0))[0],
                "source": "balance_history" if found.get(phone, (0, 0))[1] else "no_data",
            }
            for phone in asked
        }
        return Response({"success": True, "data": data, "count": len(data)})


class Debt(BankView):
    """The sum of one phone."""

    @extend_schema(operation_id="v1_sepay_debt", responses=DONE)
    def get(self, request: Request, phone: str) -> Response:
        """Return what it has paid in."""
        canonical = canonical_phone(phone)
        debt, count = owners.debts([canonical]).get(canonical, (0, 0))
        return Response({"success": True, "phone": canonical, "debt": debt, "transaction_count": count})


class TransactionsByPhone(BankView):
    """Transfers of one phone."""

    @extend_schema(
        operation_id="v1_sepay_transactions_by_phone",
        parameters=[PHONE, OpenApiParameter("limit", int)],
        responses=DONE,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the newest, and sums over all of them."""
        phone = canonical_phone(_phone_given(request))
        limit = number_of(request.query_params.get("limit"), "limit", default=BY_PHONE, most=BY_PHONE_MAX)
        data, sums, name = owners.transfers_with_sums(phone, limit=limit)
        return answer(b'%b,"statistics":%b' % (data, sums.encode()), customer={"phone": phone, "name": name})


class TransactionByCode(BankView):
    """The transfer that carries a code."""

    @extend_schema(operation_id="v1_sepay_transaction_by_code", responses=FOUND)
    def get(self, request: Request, code: str) -> HttpResponse:
        """Return the newest whose content holds it."""
        found = owners.newest_with_code(code) if storable(code) else None
        if found is None:
            return answer(None, message="No transaction found with this unique code")
        return answer(found)


class UpdateDebt(BankView):
    """What the old server wrote into a column that is no more."""

    @extend_schema(operation_id="v1_sepay_update_debt", request=body(), responses={410: FOUND[200]})
    def post(self, request: Request) -> Response:
        """Say that transfers are credited by themselves."""
        answer = problem("Endpoint no longer supported", "GONE", deprecated=True)
        return Response(answer, status=410)


def _phone_given(request: Request) -> str:
    given = text_of(request, "phone")
    if not given:
        raise ValidationError("Missing required parameter: phone")
    return given


def _canonical(given: object) -> str | None:
    if type(given) not in {str, int}:
        return None
    try:
        return canonical_phone(str(given))
    except InvalidPhone:
        return None


urlpatterns = [
    path("debt-summary", DebtSummary.as_view()),
    path("debt-summary-batch", DebtSummaryBatch.as_view()),
    path("debt/<str:phone>", Debt.as_view()),
    path("transactions-by-phone", TransactionsByPhone.as_view()),
    path("transaction-by-code/<str:code>", TransactionByCode.as_view()),
    path("update-debt", UpdateDebt.as_view()),
]
