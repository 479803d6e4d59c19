"""`/api/sepay/transfer-stats`: the list in which staff tick incoming transfers off. Every one of them is in it."""

from django.db import transaction
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from banking.api.answers import DONE, FLAG, FOUND, NUMBER, PAGING, TEXT, body
from banking.api.inputs import NAME_LENGTH_MAX, Body
from banking.api.refusals import BankView, transfer_meant
from banking.api.v1_one import whole
from banking.authority import Right, require
from banking.desk import labels, linking
from banking.desk.errors import TransferNotFound
from banking.lists import figures
from banking.lists.reading import KEY, one_json, page_of
from banking.lists.transfers import CHECK_LIST, INCOMING, ONE_CHECKED
from banking.queries import owner_phone_of
from customers.phones import canonical_phone
from n2store.json_answers import answer
from n2store.windows import window_of

PER_PAGE, PER_PAGE_MAX = 1_000, 5_000
"""The old page asks for all and sorts them itself."""


class CheckList(BankView):
    """Incoming transfers, newest first."""

    @extend_schema(operation_id="v1_sepay_transfer_stats", parameters=PAGING, responses=FOUND)
    def get(self, request: Request) -> HttpResponse:
        """Return one page, a thousand rows unless asked otherwise."""
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=KEY)
        page = page_of(CHECK_LIST, INCOMING, window)
        return answer(page.data, total=page.block["total"], pagination=page.block)


class Count(BankView):
    """How many are left to tick."""

    @extend_schema(operation_id="v1_sepay_transfer_stats_count", responses=FOUND)
    def get(self, request: Request) -> Response:
        """Return how many there are, and how many are not ticked."""
        total, unchecked = figures.to_check()
        return Response({"success": True, "total": total, "unchecked": unchecked})


class OfCheckList(BankView):
    """What the verbs of the list refuse alike."""

    sentences = {
        "TRANSFER_NOT_FOUND": "Not found",
        "TRANSFER_ALREADY_CREDITED": "Không thể đổi SĐT - Giao dịch đã được cộng vào ví khách hàng",
    }


class Check(OfCheckList):
    """The tick."""

    @extend_schema(operation_id="v1_sepay_transfer_stats_check", request=body(checked=FLAG), responses=DONE)
    def put(self, request: Request, transfer_id: str) -> HttpResponse:
        """Set it, or take it away."""
        given = Body(request)
        id, checked = transfer_meant(transfer_id), given.flag("checked")
        labels.set_checked(caller=given.caller, transfer_id=id, checked=checked)
        return answer(whole(id))


class Verify(OfCheckList):
    """The second look."""

    @extend_schema(operation_id="v1_sepay_transfer_stats_verify", request=body(verified=FLAG), responses=DONE)
    def put(self, request: Request, transfer_id: str) -> HttpResponse:
        """Set it, or take it away. It is no approval."""
        given = Body(request)
        id, verified = transfer_meant(transfer_id), given.flag("verified")
        labels.set_verified(caller=given.caller, transfer_id=id, verified=verified)
        return answer(whole(id))


class MarkAllChecked(OfCheckList):
    """Many ticks at once."""

    @extend_schema(
        operation_id="v1_sepay_transfer_stats_mark_all",
        request=body("ids", ids={"type": "array", "items": NUMBER}),
        responses=DONE,
    )
    def put(self, request: Request) -> Response:
        """Set them, and tell how many were not set before."""
        given = Body(request)
        ids = given.ids("ids", most=labels.TICKS_MAX, missing="ids array is required")
        updated = labels.mark_all_checked(caller=given.caller, transfer_ids=ids)
        return Response({"success": True, "updated": updated})


class Entry(OfCheckList):
    """One row."""

    @extend_schema(
        operation_id="v1_sepay_transfer_stats_edit",
        request=body(customer_name=TEXT, customer_phone=TEXT, notes=TEXT),
        responses=DONE,
    )
    def put(self, request: Request, transfer_id: str) -> HttpResponse:
        """Write its note and name. Another phone is a manual entry, which waits for the accountant."""
        id, given = transfer_meant(transfer_id), Body(request)
        name = given.text("customer_name", most=NAME_LENGTH_MAX)
        notes = given.text("notes")
        phone = given.text("customer_phone")
        with transaction.atomic():
            if phone and canonical_phone(phone) != owner_phone_of(id):
                linking.link(caller=given.caller, transfer_id=id, phone=phone, name=name, credit=False, replace=True)
            labels.set_list_note(caller=given.caller, transfer_id=id, note=notes)
            if name:
                labels.set_display_name(caller=given.caller, transfer_id=id, name=name)
        return answer(whole(id))


class Add(OfCheckList):
    """A row that the old page puts into the list."""

    @extend_schema(
        operation_id="v1_sepay_transfer_stats_add",
        request=body("transaction_id", transaction_id=NUMBER),
        responses=DONE,
    )
    def post(self, request: Request) -> HttpResponse:
        """Return it: every incoming transfer is in the list already."""
        require(Body(request).caller, Right.EDIT)
        found = one_json(ONE_CHECKED, {"id": transfer_meant(Body(request).text("transaction_id"))})
        if found is None:
            raise TransferNotFound("Not found")
        return answer(found)


class Sync(OfCheckList):
    """Names brought up to date."""

    @extend_schema(operation_id="v1_sepay_transfer_stats_sync", request=body(), responses=DONE)
    def post(self, request: Request) -> Response:
        """Change nothing: rows show their owner as the owner is called now."""
        require(Body(request).caller, Right.EDIT)
        return Response({"success": True, "synced": 0})


urlpatterns = [
    path("transfer-stats", CheckList.as_view()),
    path("transfer-stats/count", Count.as_view()),
    path("transfer-stats/add", Add.as_view()),
    path("transfer-stats/sync", Sync.as_view()),
    path("transfer-stats/mark-all-checked", MarkAllChecked.as_view()),
    path("transfer-stats/<str:transfer_id>", Entry.as_view()),
    path("transfer-stats/<str:transfer_id>/check", Check.as_view()),
    path("transfer-stats/<str:transfer_id>/verify", Verify.as_view()),
]
