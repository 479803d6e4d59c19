"""`/api/v2/balance-history/<id>/approve` and its neighbours: the accountant decides what reaches a wallet."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from banking.api.answers import DONE, NUMBER, TEXT, body
from banking.api.inputs import Body
from banking.api.refusals import BankView, transfer_meant
from banking.desk import review
from banking.desk.errors import WrongState


class Approve(BankView):
    """Yes."""

    @extend_schema(
        operation_id="v2_balance_history_approve",
        request=body(verified_by=TEXT, note=TEXT, verification_image_url=TEXT),
        responses=DONE,
    )
    def post(self, request: Request, transaction_id: str) -> Response:
        """Let the money into the owner's wallet. What was approved before is refused: nothing happens twice."""
        id, given = transfer_meant(transaction_id), Body(request)
        done = review.approve(
            caller=given.caller,
            transfer_id=id,
            note=given.text("note"),
            image_url=given.picture("verification_image_url"),
        )
        transfer = done.transfer
        if done.replayed:
            state = transfer.verification
            raise WrongState(f"Transaction is not pending verification. Current status: {state}", transfer)
        data = {
            "transaction_id": id,
            "phone": transfer.customer.phone if transfer.customer else None,
            "amount": transfer.amount_vnd,
            "verification_status": transfer.verification,
            "verified_by": transfer.verified_by,
            "wallet_processed": True,
            "wallet_tx_id": done.wallet_tx_id,
            "new_balance": done.real_after_vnd,
        }
        return Response({"success": True, "message": "Đã duyệt và cộng tiền vào ví thành công", "data": data})


class Reject(BankView):
    """No."""

    sentences = {"TRANSFER_ALREADY_CREDITED": "Transaction is not pending verification. Current status: {state}"}

    @extend_schema(
        operation_id="v2_balance_history_reject",
        request=body("reason", reason=TEXT, verified_by=TEXT, rejected_by=TEXT),
        responses=DONE,
    )
    def post(self, request: Request, transaction_id: str) -> Response:
        """Refuse the transfer: no path credits it from here on."""
        id, given = transfer_meant(transaction_id), Body(request)
        reason = given.required("reason", missing="reason is required for rejection")
        transfer = review.reject(caller=given.caller, transfer_id=id, reason=reason)
        data = {
            "transaction_id": id,
            "verification_status": transfer.verification,
            "verified_by": transfer.verified_by,
            "reason": reason,
        }
        return Response({"success": True, "message": "Đã từ chối giao dịch", "data": data})


class ReprocessWallet(BankView):
    """Money that never arrived."""

    sentences = {
        "TRANSFER_NOT_LINKED": "Transaction is not linked to any customer. Use /link first.",
        "TRANSFER_ALREADY_CREDITED": "Wallet already processed for this transaction",
    }

    @extend_schema(operation_id="v2_balance_history_reprocess", request=body(), responses=DONE)
    def post(self, request: Request, transaction_id: str) -> Response:
        """Credit an approved transfer that no wallet has yet."""
        done = review.credit_again(caller=Body(request).caller, transfer_id=transfer_meant(transaction_id))
        data = {
            "transaction_id": done.transfer.pk,
            "phone": done.transfer.customer.phone if done.transfer.customer else None,
            "amount": done.transfer.amount_vnd,
            "wallet_tx_id": done.wallet_tx_id,
            "new_balance": done.real_after_vnd,
        }
        return Response({"success": True, "message": "Đã cộng tiền vào ví thành công", "data": data})


class BulkApprove(BankView):
    """Yes to many."""

    @extend_schema(
        operation_id="v2_balance_history_bulk_approve",
        request=body("transaction_ids", transaction_ids={"type": "array", "items": NUMBER}, verified_by=TEXT),
        responses=DONE,
    )
    def post(self, request: Request) -> Response:
        """Approve each by itself; one that cannot be approved stops no other."""
        given = Body(request)
        ids = given.ids("transaction_ids", most=review.BULK_MAX, missing="transaction_ids array is required")
        outcomes = review.bulk_approve(caller=given.caller, transfer_ids=ids)
        approved = sum(outcome.approved for outcome in outcomes)
        return Response(
            {
                "success": True,
                "approved": approved,
                "failed": len(outcomes) - approved,
                "total": len(outcomes),
                "results": [_told(outcome) for outcome in outcomes],
            }
        )


def _told(outcome: review.BulkOutcome) -> dict[str, Any]:
    if not outcome.approved:
        return {"id": outcome.id, "success": False, "error": outcome.error}
    return {
        "id": outcome.id, "success": True, "amount": outcome.amount_vnd, "new_balance": outcome.real_after_vnd,
    }  # fmt: skip
