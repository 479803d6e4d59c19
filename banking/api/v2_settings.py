"""`/api/v2/balance-history/settings/auto-approve`: whether the rules credit by themselves."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from banking import switches
from banking.api.answers import DONE, FLAG, FOUND, TEXT, body
from banking.api.inputs import Body
from banking.api.refusals import BankView

ON = "Đang BẬT - GD QR/SĐT chính xác/1 KH khớp tự động cộng ví"
OFF = "Đang TẮT - Tất cả GD cần kế toán duyệt trước khi cộng ví"
TURNED_ON = "Đã BẬT tự động duyệt - GD QR/SĐT chính xác sẽ tự cộng ví"
TURNED_OFF = "Đã TẮT tự động duyệt - Tất cả GD cần kế toán duyệt"


class AutoApprove(BankView):
    """The switch."""

    @extend_schema(operation_id="v2_balance_history_auto_approve", responses=FOUND)
    def get(self, request: Request) -> Response:
        """Return how it stands."""
        enabled = switches.auto_approve()
        return Response({"success": True, "enabled": enabled, "description": ON if enabled else OFF})

    @extend_schema(
        operation_id="v2_balance_history_auto_approve_set",
        request=body("enabled", enabled=FLAG, updated_by=TEXT),
        responses=DONE,
    )
    def put(self, request: Request) -> Response:
        """Turn it; the next transfer obeys."""
        given = Body(request)
        enabled = given.fields.get("enabled")
        if not isinstance(enabled, bool):
            raise ValidationError("enabled must be boolean")
        switches.set_auto_approve(caller=given.caller, enabled=enabled)
        return Response({"success": True, "enabled": enabled, "message": TURNED_ON if enabled else TURNED_OFF})
