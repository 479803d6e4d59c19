"""`/api/balance-history`: transfers without an owner, as the customer pages of the first version find and link them."""

import json
from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from banking.api.answers import DONE, FLAG, FOUND, NUMBER, PAGING, PER_PAGE_MAX, TEXT, body
from banking.api.inputs import Body
from banking.api.refusals import BankView, transfer_meant
from banking.api.v2_link import LINKED
from banking.desk import linking
from banking.desk.errors import AlreadyCredited, AlreadyLinked
from banking.lists.reading import KEY, page_of
from banking.lists.transfers import UNLINKED, WITHOUT_OWNER
from customers.phones import canonical_phone
from n2store.json_answers import answer
from n2store.windows import window_of

PER_PAGE = 10


class Unlinked(BankView):
    """Incoming transfers of nobody."""

    @extend_schema(operation_id="v1_balance_history_unlinked", parameters=PAGING, responses=FOUND)
    def get(self, request: Request) -> HttpResponse:
        """Return one page, newest first, rejected and hidden ones too; `customer_name` is the transfer's text."""
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=KEY)
        page = page_of(WITHOUT_OWNER, UNLINKED, window)
        within = b'{"data":%b,"pagination":%b}' % (page.data, json.dumps(page.block).encode())
        return answer(within, pagination=page.block)


class LinkCustomer(BankView):
    """An owner given by hand."""

    sentences = {
        "TRANSFER_ALREADY_CREDITED": "Giao dịch đã được xử lý ví. Không thể đổi khách hàng.",
        "TRANSFER_ALREADY_LINKED": "Transaction already linked",
    }

    @extend_schema(
        operation_id="v1_balance_history_link_customer",
        request=body("transaction_id", "phone", transaction_id=NUMBER, phone=TEXT, auto_deposit=FLAG),
        responses=DONE,
    )
    def post(self, request: Request) -> Response:
        """Link; unless `auto_deposit` is false the money goes in at once, if the caller may approve."""
        given = Body(request)
        transaction_id, phone = given.text("transaction_id"), given.text("phone")
        if not transaction_id or not phone:
            raise ValidationError("Transaction ID and phone are required")
        try:
            linked = linking.link(
                caller=given.caller,
                transfer_id=transfer_meant(transaction_id),
                phone=phone,
                credit=given.flag("auto_deposit", default=True),
            )
        except AlreadyCredited as refusal:
            owner = refusal.transfer.customer
            if owner is None or owner.phone != canonical_phone(phone):
                raise
            return _linked(owner.pk, deposited=True)
        return _linked(linked.customer.pk, deposited=linked.credited)

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        if not isinstance(refusal, AlreadyCredited | AlreadyLinked):
            return {}
        owner = refusal.transfer.customer
        phone = owner.phone if owner else None
        if isinstance(refusal, AlreadyLinked):
            return {"linked_to": phone}
        return {"details": "Dùng chức năng điều chỉnh để chuyển tiền sang khách hàng đúng", "current_customer": phone}


def _linked(customer_id: int, *, deposited: bool) -> Response:
    data = {"customer_id": customer_id, "auto_deposited": deposited}
    return Response({"success": True, "message": LINKED, "data": data})


urlpatterns = [
    path("unlinked", Unlinked.as_view()),
    path("link-customer", LinkCustomer.as_view()),
]
