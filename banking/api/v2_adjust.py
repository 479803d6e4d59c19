"""`/api/v2/balance-history/<id>/adjust`: the money of a credited transfer put right."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from banking.api.answers import DONE, NUMBER, TEXT, body
from banking.api.inputs import Body
from banking.api.refusals import BankView, transfer_meant
from banking.desk import adjusting
from banking.desk.errors import InvalidAdjustment
from banking.models import AdjustmentKind
from n2store.clock import on_the_wire
from wallets.ledger import InsufficientFunds

NOT_FOUND = {"TRANSFER_NOT_FOUND": "Không tìm thấy giao dịch"}
OBSTACLES = {
    "": "",
    "NOT_CREDITED": "Giao dịch chưa được cộng vào ví, không cần điều chỉnh",
    "NO_CUSTOMER": "Giao dịch không có thông tin khách hàng",
    "WITHDRAWN_SINCE": (
        "Khách hàng đã có giao dịch rút/thanh toán sau khi nạp tiền. Liên hệ Admin để cộng/trừ riêng lẻ."
    ),
    "SPENT": "Khách hàng đã sử dụng {used} công nợ. Không thể điều chỉnh. Liên hệ Admin để cộng/trừ riêng lẻ.",
    "ADJUSTED": "Giao dịch này đã được điều chỉnh trước đó.",
    "UNDO_WAITING": "Giao dịch đang chờ người thứ hai xác nhận hoàn tác.",
}
FAULTS = {
    "reason": "Lý do điều chỉnh phải có ít nhất 10 ký tự",
    "kind": f"Loại điều chỉnh không hợp lệ. Cho phép: {', '.join(AdjustmentKind.values)}",
}
SHORT = "Số dư không đủ để trừ. Số dư hiện tại: {current_balance}, cần trừ: {required_amount}"
MISSING_PHONE = "Thiếu SĐT khách hàng đúng"


def dong(amount_vnd: int) -> str:
    """Return an amount as the old pages write it: `350,000đ`."""
    return f"{amount_vnd:,}đ"


class CanAdjust(BankView):
    """Whether it can be put right."""

    sentences = NOT_FOUND

    @extend_schema(operation_id="v2_balance_history_can_adjust", responses=DONE)
    def get(self, request: Request, transaction_id: str) -> Response:
        """Return the transfer, the wallet, and what stands against it."""
        found = adjusting.can_adjust(transfer_meant(transaction_id))
        transfer, owner = found.transfer, found.transfer.customer
        told: dict[str, Any] = {
            "success": True,
            "canAdjust": found.can,
            "reason": OBSTACLES[found.obstacle].format(used=dong(found.used_vnd)),
            "transaction": {
                "id": transfer.pk,
                "amount": transfer.amount_vnd,
                "phone": owner.phone if owner else None,
                "customer_name": owner.name if owner else None,
                "verified_at": on_the_wire(transfer.verified_at),
                "verified_by": transfer.verified_by or None,
                "transaction_code": transfer.code or None,
                "content": transfer.content,
            },
            "hasWithdrawals": found.has_withdrawals,
            "hasAdjustment": found.has_adjustment,
        }
        if found.obstacle not in {"NOT_CREDITED", "NO_CUSTOMER"}:
            told["wallet"] = {
                "current_balance": found.real_vnd,
                "deposited_amount": transfer.amount_vnd,
                "used_amount": found.used_vnd,
                "can_withdraw": found.real_vnd >= transfer.amount_vnd,
            }
        return Response(told)


class Adjust(BankView):
    """Money taken back, given to the right customer, or corrected."""

    sentences = NOT_FOUND | {
        "TRANSFER_NOT_CREDITED": "Giao dịch chưa được cộng vào ví, không thể điều chỉnh",
        "TRANSFER_SPENT_SINCE": "Khách hàng đã có giao dịch rút/thanh toán. Liên hệ Admin để điều chỉnh thủ công.",
        "TRANSFER_ALREADY_ADJUSTED": "Giao dịch này đã được điều chỉnh trước đó",
    }

    @extend_schema(
        operation_id="v2_balance_history_adjust",
        request=body(
            "adjustment_type", "reason", adjustment_type=TEXT, correct_customer_phone=TEXT, amount=NUMBER,
            reason=TEXT, performed_by=TEXT,
        ),
        responses=DONE,
    )  # fmt: skip
    def post(self, request: Request, transaction_id: str) -> Response:
        """Do it, once for a transfer."""
        id, given = transfer_meant(transaction_id), Body(request)
        kind, phone = given.text("adjustment_type"), given.text("correct_customer_phone")
        done = adjusting.adjust(
            caller=given.caller,
            transfer_id=id,
            kind=kind,
            amount_vnd=given.dong("amount"),
            correct_phone=phone,
            reason=given.text("reason"),
        )
        wrong, right = done.wrong_customer.phone, done.right_customer.phone if done.right_customer else None
        amount = done.amount_vnd
        message = (
            f"Đã điều chỉnh {dong(amount)} từ {wrong} sang {right}" if right else f"Đã trừ {dong(amount)} từ ví {wrong}"
        )
        adjustments = [{"type": "DEBIT", "phone": wrong, "amount": -amount}]
        if right:
            adjustments.append({"type": "CREDIT", "phone": right, "amount": amount})
        return Response(
            {"success": True, "message": message, "adjustments": adjustments, "original_transaction_id": id}
        )

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        if isinstance(refusal, InvalidAdjustment):
            if refusal.fault == "phone" and not Body(self.request).text("correct_customer_phone"):
                return {"error": MISSING_PHONE}
            return {"error": FAULTS[refusal.fault]} if refusal.fault in FAULTS else {}
        if isinstance(refusal, InsufficientFunds):
            return {"error": SHORT.format_map(refusal.params)}
        return {}
