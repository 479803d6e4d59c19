"""`/api/v2/balance-history/<id>/link` and its neighbours: who owns a transfer."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from banking.api.answers import DONE, FLAG, TEXT, body
from banking.api.inputs import NAME_LENGTH_MAX, Body
from banking.api.refusals import BankView, transfer_meant
from banking.desk import asking, linking
from banking.desk.errors import AlreadyCredited, AlreadyLinked, Refused

WAITS = {
    "deposited": False,
    "requires_approval": True,
    "message": "Giao dịch nhập tay cần kế toán duyệt trước khi nạp ví",
}
LINKED = "Đã liên kết giao dịch với khách hàng"


def owner_of(refusal: Refused) -> str | None:
    """Return the phone of the owner that a refused transfer has."""
    return refusal.transfer.customer.phone if refusal.transfer.customer else None


def deposit_told(linked: linking.Linked) -> dict[str, Any]:
    """Return what became of the money that a link was to deposit."""
    if not linked.credited:
        return WAITS
    return {
        "deposited": True,
        "amount": linked.transfer.amount_vnd,
        "walletTxId": linked.wallet_tx_id,
        "requires_approval": False,
    }


class Link(BankView):
    """An owner given by hand."""

    sentences = {
        "TRANSFER_ALREADY_CREDITED": "Không thể link lại - Giao dịch đã được cộng vào ví khách hàng",
        "TRANSFER_ALREADY_LINKED": "Transaction already linked",
    }

    @extend_schema(
        operation_id="v2_balance_history_link",
        request=body("phone", phone=TEXT, customer_name=TEXT, auto_deposit=FLAG),
        responses=DONE,
    )
    def post(self, request: Request, transaction_id: str) -> Response:
        """Link; with `auto_deposit` the money goes in at once if the caller may approve."""
        id, given = transfer_meant(transaction_id), Body(request)
        phone = given.required("phone", missing="Phone is required")
        deposit = given.flag("auto_deposit")
        name = given.text("customer_name", most=NAME_LENGTH_MAX)
        linked = linking.link(caller=given.caller, transfer_id=id, phone=phone, name=name, credit=deposit)
        data = {
            "transaction_id": id,
            "customer_id": linked.customer.pk,
            "customer_name": linked.customer.name,
            "phone": linked.customer.phone,
            "tpos_id": linked.customer.tpos_id or None,
            "verification_status": linked.transfer.verification,
            "deposit": deposit_told(linked) if deposit else None,
        }
        return Response({"success": True, "message": LINKED, "data": data})

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        if isinstance(refusal, AlreadyCredited):
            return {"current_linked_to": owner_of(refusal), "wallet_processed": True}
        return {"linked_to": owner_of(refusal)} if isinstance(refusal, AlreadyLinked) else {}


class Unlink(BankView):
    """An owner taken away."""

    sentences = {
        "TRANSFER_ALREADY_CREDITED": "Không thể hủy liên kết - Giao dịch đã được cộng vào ví khách hàng",
        "TRANSFER_NOT_LINKED": "Transaction is not linked to any customer",
    }

    @extend_schema(operation_id="v2_balance_history_unlink", request=body(), responses=DONE)
    def post(self, request: Request, transaction_id: str) -> Response:
        """Unlink what no wallet has yet."""
        done = linking.unlink(caller=Body(request).caller, transfer_id=transfer_meant(transaction_id))
        data = {"transaction_id": done.transfer.pk, "previous_phone": done.previous_phone, "reversed_amount": 0}
        return Response({"success": True, "message": "Đã hủy liên kết giao dịch", "data": data})

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        if not isinstance(refusal, AlreadyCredited):
            return {}
        suggestion = "Dùng chức năng điều chỉnh hoặc hoàn tác để lấy lại tiền"
        return {"wallet_processed": True, "linked_customer_phone": owner_of(refusal), "suggestion": suggestion}


class ResolveMatch(BankView):
    """The owner chosen from several, or somebody else."""

    sentences = {
        "TRANSFER_ALREADY_CREDITED": "Không thể chọn lại - Giao dịch đã được cộng vào ví",
        "TRANSFER_ALREADY_LINKED": "Transaction already resolved and approved",
    }
    statuses = {"TRANSFER_ALREADY_LINKED": 400}

    @extend_schema(
        operation_id="v2_balance_history_resolve_match",
        request=body("phone", phone=TEXT, performed_by=TEXT, note=TEXT),
        responses=DONE,
    )
    def post(self, request: Request, transaction_id: str) -> Response:
        """Say whose it is; the money goes in at once if the caller may approve."""
        id, given = transfer_meant(transaction_id), Body(request)
        phone = given.required("phone", missing="phone is required")
        done = asking.resolve(caller=given.caller, transfer_id=id, phone=phone, note=given.text("note"))
        message = "Đã chọn khách hàng và cộng tiền vào ví" if done.credited else "Đã chọn khách hàng, chờ kế toán duyệt"
        data = {
            "transaction_id": id,
            "phone": done.customer.phone,
            "customer_id": done.customer.pk,
            "customer_name": done.customer.name,
            "verification_status": done.transfer.verification,
            "note": done.transfer.verification_note,
            "wallet_processed": done.credited,
        }
        return Response({"success": True, "message": message, "data": data})

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        if isinstance(refusal, AlreadyCredited):
            return {"wallet_processed": True, "current_phone": owner_of(refusal)}
        return {"linked_to": owner_of(refusal)} if isinstance(refusal, AlreadyLinked) else {}
