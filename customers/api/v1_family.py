"""The envelope of `/api/customers`: a Vietnamese `message` beside what every refusal says, and a list of `errors`."""

from typing import Any

from django.utils import translation
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from customers.models import Status
from customers.profile import InvalidProfile

MESSAGES = {
    "CUSTOMER_NOT_FOUND": "Không tìm thấy khách hàng",
    "DUPLICATE_PHONE": "Số điện thoại đã tồn tại",
    "CUSTOMER_IN_USE": "Khách hàng đã có dữ liệu liên quan, không thể xóa",
    "INVALID_PROFILE": "Dữ liệu không hợp lệ",
    "INVALID_IMPORT": "Dữ liệu không hợp lệ",
    "INVALID": "Dữ liệu không hợp lệ",
    "NOTHING_TO_UPDATE": "Không có dữ liệu để cập nhật",
    "QUERY_REQUIRED": "Tham số tìm kiếm (q) là bắt buộc",
    "INVALID_QUERY": "Từ khóa tìm kiếm không hợp lệ",
}
"""By code. They are the contract's words, for all but those who chose English."""
SENTENCES = {
    "phone": "Số điện thoại không hợp lệ (phải có 10-11 số)",
    "email": "Email không hợp lệ",
    "status": f"Trạng thái không hợp lệ - phải là: {', '.join(Status.values)}",
    "debt_vnd": "Nợ phải là số",
}
"""By field; others say what the profile says."""
REQUIRED = "required"


class FamilyView(APIView):
    """A view whose refusals wear this family's envelope."""

    @override
    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        body: Any = response.data
        if isinstance(body, dict) and body.get("success") is False:
            english = translation.get_language() == "en"
            if not english:
                body["message"] = MESSAGES.get(body.get("code", ""), body.get("message"))
            if isinstance(exc, InvalidProfile):
                said = exc.faults.items()
                body["errors"] = [text if english else _sentence(field, text) for field, text in said]
        return response


def _sentence(field: str, text: str) -> str:
    if field == REQUIRED:
        return text.replace("Missing required fields", "Thiếu trường bắt buộc")
    return SENTENCES.get(field, text)
