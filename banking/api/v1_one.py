"""`/api/sepay/transaction/<id>/…`: what the history, Live Mode and the accountant do with one transfer."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from banking.api.answers import DONE, FLAG, NUMBER, TEXT, body
from banking.api.inputs import NAME_LENGTH_MAX, Body, id_of
from banking.api.refusals import BankView, transfer_meant
from banking.authority import Right, has
from banking.desk import again, labels, linking
from banking.desk.errors import AlreadyCredited
from banking.lists.reading import one_json
from banking.lists.wire import WHOLE_ROW
from banking.models import MatchMethod
from n2store.json_answers import answer
from n2store.paging import number_of

INVALID_ID = "Invalid transaction ID"


def whole(transfer_id: int) -> bytes | None:
    """Return all of a transfer as JSON."""
    return one_json(WHOLE_ROW, {"id": transfer_id})


class Phone(BankView):
    """Whose transfer it is, said by a person."""

    sentences = {"TRANSFER_ALREADY_CREDITED": "Không thể đổi SĐT - Giao dịch đã được cộng vào ví khách hàng"}

    @extend_schema(
        operation_id="v1_sepay_transaction_phone",
        request=body(
            "phone", phone=TEXT, name=TEXT, customer_name=TEXT, is_manual_entry=FLAG, entered_by=TEXT,
            is_accountant_correction=FLAG, note=TEXT, verification_image_url=TEXT,
        ),
        responses=DONE,
    )  # fmt: skip
    def put(self, request: Request, transaction_id: str) -> HttpResponse:
        """Give the transfer an owner; unless it is a manual entry, who may approve lets the money in at once."""
        transfer_id = _id(transaction_id)
        given = Body(request)
        phone = given.required("phone", missing="Phone number is required")
        credit = not given.flag("is_manual_entry") and has(given.caller, Right.APPROVE)
        corrects = credit and given.flag("is_accountant_correction")
        linked = linking.link(
            caller=given.caller,
            transfer_id=transfer_id,
            phone=phone,
            name=given.text("name", "customer_name", most=NAME_LENGTH_MAX),
            credit=credit,
            method=MatchMethod.MANUAL_ENTRY,
            note=(given.text("note") or f"Thay đổi SĐT bởi {given.caller.name}") if corrects else "",
            image_url=given.picture("verification_image_url") if corrects else "",
            replace=True,
        )
        return answer(
            whole(transfer_id),
            old_phone=linked.previous_phone,
            new_phone=linked.customer.phone,
            customer_name=linked.customer.name,
            tpos_lookup=linked.tpos_lookup,
            is_manual_entry=not linked.credited,
            requires_approval=not linked.credited,
            verification_status=linked.transfer.verification,
            wallet_credited=linked.credited,
            wallet_amount=linked.transfer.amount_vnd if linked.credited else None,
            new_balance=linked.real_after_vnd,
        )

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        if not isinstance(refusal, AlreadyCredited):
            return {}
        owner = refusal.transfer.customer
        details = {
            "transaction_id": refusal.transfer.pk,
            "current_phone": owner.phone if owner else None,
            "wallet_processed": True,
            "suggestion": "Dùng chức năng điều chỉnh để chuyển tiền sang khách hàng đúng",
        }
        return {"details": details}


class Hidden(BankView):
    """Whether a row stands among the confirmed ones of Live Mode."""

    @extend_schema(operation_id="v1_sepay_transaction_hidden", request=body("hidden", hidden=FLAG), responses=DONE)
    def put(self, request: Request, transaction_id: str) -> Response:
        """Put it there, or take it out."""
        transfer_id = _id(transaction_id)
        given = Body(request)
        hidden = given.fields.get("hidden")
        if not isinstance(hidden, bool):
            raise ValidationError("hidden must be a boolean")
        transfer = labels.set_hidden(caller=given.caller, transfer_id=transfer_id, hidden=hidden)
        return Response({"success": True, "data": {"id": transfer.pk, "is_hidden": transfer.is_hidden}})


class DisplayName(BankView):
    """The name under which one row is shown."""

    @extend_schema(
        operation_id="v1_sepay_transaction_display_name",
        request=body("display_name", display_name=TEXT, add_to_aliases=FLAG),
        responses=DONE,
    )
    def put(self, request: Request, transaction_id: str) -> Response:
        """Set it; it wins over the customer's name in lists."""
        transfer_id = transfer_meant(transaction_id)
        given = Body(request)
        name = given.required("display_name", missing="Display name is required", most=NAME_LENGTH_MAX)
        transfer = labels.set_display_name(
            caller=given.caller, transfer_id=transfer_id, name=name, add_to_aliases=given.flag("add_to_aliases")
        )
        return Response({"success": True, "transaction_id": transfer.pk, "display_name": transfer.display_name})


class BatchUpdatePhones(BankView):
    """Transfers without an owner, sent through the rules once more."""

    @extend_schema(operation_id="v1_sepay_batch_update_phones", request=body(limit=NUMBER, force=FLAG), responses=DONE)
    def post(self, request: Request) -> Response:
        """Match them, and return what became of each."""
        given = Body(request)
        limit = number_of(given.fields.get("limit"), "limit", default=again.LIMIT_DEFAULT, most=again.LIMIT_MAX)
        done = again.match_again(caller=given.caller, limit=limit, force=given.flag("force"))
        success, asked, unknown, skipped, failed = (done.count(status) for status in RESULTS)
        message = (
            f"Batch update completed: {success} success, {asked} pending matches, {unknown} not found,"
            f" {skipped} skipped, {failed} failed"
        )
        data = {
            "total": len(done.rows), "processed": len(done.rows), "success": success, "pending_matches": asked,
            "not_found": unknown, "skipped": skipped, "failed": failed, "details": [_told(row) for row in done.rows],
        }  # fmt: skip
        return Response({"success": True, "message": message, "data": data})


RESULTS = ("success", "pending_match", "not_found", "skipped", "failed")
TOLD = {
    "success": ("method", "phone", "customer_name"),
    "pending_match": ("partial_phone", "unique_phones_count"),
    "not_found": (),
    "skipped": ("content", "reason", "note"),
    "failed": ("error",),
}


def _told(row: again.RowOutcome) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in TOLD[row.status]}
    return {"transaction_id": row.transfer_id, "status": row.status, **told}


def _id(text: str) -> int:
    transfer_id = id_of(text)
    if transfer_id is None:
        raise ValidationError(INVALID_ID)
    return transfer_id


urlpatterns = [
    path("transaction/<str:transaction_id>/phone", Phone.as_view()),
    path("transaction/<str:transaction_id>/hidden", Hidden.as_view()),
    path("transaction/<str:transaction_id>/display-name", DisplayName.as_view()),
    path("batch-update-phones", BatchUpdatePhones.as_view()),
]
