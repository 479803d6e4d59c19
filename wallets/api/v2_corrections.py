"""Single rows: where their money came from, and corrections. What was posted stays, the correction is posted too."""

from typing import Any

from django.conf import settings
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.errors import NotFound
from n2store.roles import IsStaffMember
from wallets import commands
from wallets.api.answers import AMOUNT, ANSWERS, FOUND, KEY, NUMBER, TEXT, body, corrected, moved
from wallets.api.inputs import Given
from wallets.api.statement import PAGING, corrections_page, transaction_fields
from wallets.commands import Owner
from wallets.ledger import checked_amount
from wallets.models import Transaction
from wallets.receipts import receipt

OUT_OF_THE_WRONG_WALLET = ("WRONG_MAPPING_DEBIT", "DUPLICATE_REVERSAL")
INTO_THE_RIGHT_WALLET = ("WRONG_MAPPING_CREDIT",)
KINDS = (*INTO_THE_RIGHT_WALLET, *OUT_OF_THE_WRONG_WALLET, "ADMIN_CORRECTION")
SIGNED = {"type": "integer", "description": "Whole dong; below zero takes money out.", "example": -20_000}
REASON = {"type": "string", "minLength": 1}


class Adjust(APIView):
    """A correction of real money by hand."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_adjust",
        parameters=[KEY],
        request=body("amount", "reason", amount=SIGNED, reason=REASON),
        responses=ANSWERS,
    )
    def post(self, request: Request, identifier: str) -> Response:
        """Return the row that corrects, and the balances around it."""
        given = Given(request)
        return _adjusted(given, Owner.of(identifier), given.amount(), given.text("reason"))


class Adjustment(APIView):
    """A correction that says what went wrong, as the existing pages order it."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_adjustment",
        parameters=[KEY],
        request=body(
            "original_transaction_id", "adjustment_type", "amount", "reason",
            original_transaction_id=NUMBER, adjustment_type={"type": "string", "enum": list(KINDS)},
            wrong_customer_phone=TEXT, correct_customer_phone=TEXT, amount=AMOUNT, reason=REASON,
        ),
        responses=ANSWERS,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Take the amount from the wrong customer, or give it to the right one, and return the row that does.

        `ADMIN_CORRECTION` moves the amount as it is signed, for the right customer if one is named.
        """
        given = Given(request)
        kind = given.word("adjustment_type", KINDS, default="")
        original = given.text("original_transaction_id")
        if not original:
            raise ValidationError({"original_transaction_id": "is required"})
        owner, amount_vnd = _side(given, kind)
        reason = given.text("reason")
        about = f"{reason} ({kind}, giao dịch {original})" if reason else ""
        return _adjusted(given, owner, amount_vnd, about, message="Điều chỉnh ví thành công")


def _side(given: Given, kind: str) -> tuple[Owner, int]:
    """Return whose wallet a kind of adjustment moves, and by how much."""
    if kind in OUT_OF_THE_WRONG_WALLET:
        return given.phone("wrong_customer_phone"), -checked_amount(given.amount())
    if kind in INTO_THE_RIGHT_WALLET:
        return given.phone("correct_customer_phone"), checked_amount(given.amount())
    named = "correct_customer_phone" if given.text("correct_customer_phone") else "wrong_customer_phone"
    return given.phone(named), given.amount()


class Adjustments(APIView):
    """What was corrected."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_wallet_adjustments", parameters=PAGING, responses=FOUND)
    def get(self, request: Request) -> Response:
        """Return one page of corrections of all wallets, newest first."""
        return corrections_page(request)


class Reverse(APIView):
    """A row taken back."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_transaction_reverse",
        parameters=[KEY],
        request=body("reason", reason=REASON),
        responses=ANSWERS,
    )
    def post(self, request: Request, transaction_id: int) -> Response:
        """Return the row that takes it back; a repeat returns the same."""
        given = Given(request)
        answer = commands.reverse(
            caller=given.caller, transaction_id=transaction_id, reason=given.text("reason"), key=given.key
        )
        return moved(answer, **corrected(answer))


class CancelCredit(APIView):
    """Untouched credit taken back."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_credit_cancel",
        parameters=[KEY],
        request=body("reason", reason=REASON),
        responses=ANSWERS,
    )
    def post(self, request: Request, credit_id: int) -> Response:
        """Return the row that takes it back; a repeat returns the same."""
        given = Given(request)
        answer = commands.cancel_credit(
            caller=given.caller, credit_id=credit_id, reason=given.text("reason"), key=given.key
        )
        return moved(answer, **corrected(answer), creditId=credit_id)


class Receipt(APIView):
    """Where the money of a row came from, or went."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_wallet_transaction_receipt",
        parameters=[OpenApiParameter("lang", str, enum=[language for language, _name in settings.LANGUAGES])],
        responses=FOUND,
    )
    def get(self, request: Request, transaction_id: int) -> Response:
        """Return the row and one sentence in the reader's language, or the one asked for."""
        language = request.query_params.get("lang") or None
        if language is not None and language not in dict(settings.LANGUAGES):
            raise ValidationError({"lang": "must be vi or en"})
        row = Transaction.objects.filter(pk=transaction_id).select_related("wallet__customer").first()
        if row is None:
            raise NotFound("Transaction not found")
        data = transaction_fields(row, phone=row.wallet.customer.phone)
        return Response({"success": True, "data": data | {"receipt": receipt(row, language=language)}})


def _adjusted(given: Given, owner: Owner, amount_vnd: int, reason: str, **beside: Any) -> Response:
    answer = commands.adjust(caller=given.caller, owner=owner, amount_vnd=amount_vnd, reason=reason, key=given.key)
    response = moved(answer, **corrected(answer))
    response.data |= beside
    return response


urlpatterns = [
    path("adjustment", Adjustment.as_view()),
    path("adjustments", Adjustments.as_view()),
    path("transactions/<int:transaction_id>/reverse", Reverse.as_view()),
    path("transactions/<int:transaction_id>/receipt", Receipt.as_view()),
    path("credits/<int:credit_id>/cancel", CancelCredit.as_view()),
    path("<str:identifier>/adjust", Adjust.as_view()),
]
