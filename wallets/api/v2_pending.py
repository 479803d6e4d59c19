"""`/api/v2/pending-withdrawals`: money for orders that are not final, as the order screens handle it."""

from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.phones import canonical_phone
from n2store.jobs import asked_for, job_run
from n2store.roles import IsStaffMember, caller_of
from n2store.windows import window_of
from wallets import pending
from wallets.api.answers import AMOUNT, ANSWERS, FOUND, NUMBER, TEXT, body
from wallets.api.inputs import Given
from wallets.api.statement import PAGING
from wallets.authority import Action, require_right
from wallets.models import PendingStatus
from wallets.pending import Held
from wallets.pending_lists import pending_page, pending_statistics

PER_PAGE = 50
PER_PAGE_MAX = 500
PROCESS_MAX = 200
FILTERS = [*PAGING, OpenApiParameter("status", str, enum=PendingStatus.values), OpenApiParameter("phone", str)]


class PendingWithdrawals(APIView):
    """The withdrawals of orders."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_pending_withdrawals",
        parameters=FILTERS,
        responses=FOUND,
    )
    def get(self, request: Request) -> Response:
        """Return one page, newest first."""
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int,))
        status = request.query_params.get("status", "")
        if status and status not in PendingStatus.values:
            raise ValidationError({"status": f"must be one of {', '.join(PendingStatus.values)}"})
        phone = request.query_params.get("phone", "")
        rows, total, estimated = pending_page(
            status=status,
            phone=canonical_phone(phone) if phone else "",
            before=window.after[0] if window.after else None,
            offset=window.offset,
            limit=window.limit,
        )
        block = window.block(total=total, estimated=estimated, rows=len(rows), last=(rows[-1]["id"],) if rows else None)
        return Response({"success": True, "data": rows, "pagination": block})

    @extend_schema(
        operation_id="v2_pending_withdrawal_hold",
        request=body(
            "order_id", "phone", "amount",
            order_id=TEXT, order_number=TEXT, phone=TEXT, amount=AMOUNT, source=TEXT, note=TEXT,
        ),
        responses=ANSWERS,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Take the order's money once: now if it is there, otherwise as soon as it is."""
        given = Given(request)
        order_id = given.text("order_id")
        if not given.text("phone"):
            raise ValidationError("phone is required")
        held = pending.hold(
            caller=given.caller,
            owner=given.phone("phone"),
            order_id=order_id,
            amount_vnd=given.amount(),
            order_number=given.text("order_number"),
            source=given.text("source") or "SALE_ORDER",
            note=given.text("note"),
        )
        return _answer(held)


class WithSlash(PendingWithdrawals):
    """The same with a slash at its end; the API document names it once."""

    schema = None


class Statistics(APIView):
    """How many withdrawals there are in each state."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_pending_withdrawals_stats", responses=FOUND)
    def get(self, request: Request) -> Response:
        """Return counts and sums by state, and the newest failures."""
        return Response({"success": True, "data": pending_statistics()})


class Retry(APIView):
    """Another attempt."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_pending_withdrawal_retry", request=None, responses=ANSWERS)
    def post(self, request: Request, pending_id: int) -> Response:
        """Try now, and return what became of it."""
        held = pending.retry(caller=caller_of(request.user), pending_id=pending_id)
        return Response({"success": True, "message": "Retry initiated", "result": held.data})


class Cancel(APIView):
    """A withdrawal that is not wanted any more."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_pending_withdrawal_cancel", request=body(reason=TEXT), responses=ANSWERS)
    def post(self, request: Request, pending_id: int) -> Response:
        """End it while its money has not moved."""
        given = Given(request)
        reason = given.text("reason") or "Cancelled by admin"
        ended = pending.cancel(caller=given.caller, pending_id=pending_id, reason=reason)
        return Response({"success": True, "message": "Pending withdrawal cancelled", "data": ended})


class Release(APIView):
    """Money of an order given back."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_pending_withdrawal_release", request=body("reason", reason=TEXT), responses=ANSWERS)
    def post(self, request: Request, pending_id: int) -> Response:
        """Reverse what the order took, with the reason."""
        given = Given(request)
        released = pending.release(caller=given.caller, pending_id=pending_id, reason=given.text("reason"))
        return Response({"success": True, "message": "Withdrawal released", "data": released})


class ProcessPending(APIView):
    """What the job does every five minutes, now."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_pending_withdrawals_process", request=body(limit=NUMBER), responses=ANSWERS)
    def post(self, request: Request) -> Response:
        """Try what is due, and return how it went."""
        given = Given(request)
        require_right(given.caller, Action.PAY_ORDER)
        limit = given.number("limit")
        rows_max = min(max(pending.ROWS_MAX if limit is None else limit, 1), PROCESS_MAX)
        with asked_for(given.caller.name), job_run("process-pending-withdrawals") as run:
            done = pending.process_due(at=timezone.now(), rows_max=rows_max)
            run.examined, run.changed, run.skipped = done.total, done.success, done.failed + done.retry_later
        if not done.total:
            return Response({"success": True, "message": "No pending withdrawals to process", "processed": 0})
        stats = {
            "total": done.total, "success": done.success, "failed": done.failed, "retry_later": done.retry_later,
        }  # fmt: skip
        return Response({"success": True, "message": f"Processed {done.total} withdrawal(s)", "stats": stats})


class CancelByOrder(APIView):
    """An order that is cancelled, also before anything else is heard of it."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_pending_withdrawals_cancel_order",
        request=body("order_id", order_id=TEXT, reason=TEXT),
        responses=ANSWERS,
    )
    def post(self, request: Request) -> Response:
        """End the order's withdrawals, and refuse those that come later."""
        given = Given(request)
        reason = given.text("reason") or "Order cancelled"
        ended = pending.cancel_order(caller=given.caller, order_id=given.text("order_id"), reason=reason)
        if not ended:
            return Response({"success": True, "message": "No pending withdrawals of this order; it will take none"})
        return Response({"success": True, "message": f"Cancelled {len(ended)} pending withdrawal(s)", "data": ended})


def _answer(held: Held) -> Response:
    told = held.data
    beside: dict[str, Any] = {
        "pending_id": told["id"],
        "status": told["status"],
        "virtual_used": told["virtual_used"],
        "real_used": told["real_used"],
        "completed_at": told["completed_at"],
        "last_error": told["last_error"],
    }
    if held.known:
        message = "This order's money was taken before"
        answer = {"success": True, "skipped": True, "message": message, "data": beside, **beside}
        return Response(answer, headers={"Idempotent-Replayed": "true"})
    message = "The money was taken" if told["completed_at"] else "The money is taken as soon as it is there"
    return Response({"success": True, "message": message, "data": beside, **beside})


urlpatterns = [
    path("", WithSlash.as_view()),
    path("stats", Statistics.as_view()),
    path("process-pending", ProcessPending.as_view()),
    path("cancel-by-order", CancelByOrder.as_view()),
    path("<int:pending_id>/retry", Retry.as_view()),
    path("<int:pending_id>/cancel", Cancel.as_view()),
    path("<int:pending_id>/release", Release.as_view()),
]
