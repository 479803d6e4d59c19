"""`/api/sepay/failed-queue`, `/gaps` and `/fetch-by-reference`: transfers that did not arrive, and how they are got."""

from contextlib import suppress
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from banking import retrying
from banking.api.answers import DONE, FOUND, TEXT, body
from banking.api.inputs import Body, id_of, word_of
from banking.api.refusals import BankView
from banking.authority import Right, require
from banking.continuity import healing, incidents
from banking.models import BankTransfer, FailedDelivery, Incident, IncidentStatus, RetryStatus
from banking.retrying import FailedDeliveryNotFound
from banking.sepay.parser import BadDelivery
from banking.sepay.stored import notice_of
from n2store.clock import on_the_wire
from n2store.errors import NotFound
from n2store.roles import caller_of
from n2store.windows import COUNTED_MAX, window_of
from n2store.wire import storable
from proxy.sepay import SepayListError, SepayNotConfigured, SepayRefused

PER_PAGE, PER_PAGE_MAX = 50, 200
GAPS_MAX = 100
REFERENCE_LENGTH_MAX = 100
GAP = "GAP-"
"""A break of an account's balance is known by its number; no reference tells what is missing."""
GAP_STATUSES = {
    "detected": IncidentStatus.OPEN,
    "fetched": IncidentStatus.HEALED,
    "not_found": IncidentStatus.NOT_FOUND,
    "ignored": IncidentStatus.IGNORED,
}
"""The old server's word for each state."""


class FailedQueue(BankView):
    """Deliveries that could not be taken yet."""

    @extend_schema(
        operation_id="v1_sepay_failed_queue",
        parameters=[
            OpenApiParameter("status", str, enum=RetryStatus.values),
            OpenApiParameter("limit", int),
            OpenApiParameter("page", int),
            OpenApiParameter("cursor", str),
        ],
        responses=FOUND,
    )
    def get(self, request: Request) -> Response:
        """Return one page of those in a state, newest first, waiting ones unless asked otherwise."""
        state = word_of(request, "status", RetryStatus.values, default=RetryStatus.PENDING)
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int,))
        queued = FailedDelivery.objects.filter(status=state).order_by("-id")
        total = queued[: COUNTED_MAX + 1].count()
        shown = queued.filter(pk__lt=window.after[0]) if window.after else queued
        rows = list(shown[window.offset : window.offset + window.limit])
        last = [rows[-1].pk] if rows else None
        block = window.block(total=total, estimated=total > COUNTED_MAX, rows=len(rows), last=last)
        return Response({"success": True, "data": [_queued(row) for row in rows], "pagination": block})


def _queued(row: FailedDelivery) -> dict[str, Any]:
    """Return one queued delivery; what its body does not say in a form that can be read is null."""
    try:
        notice = notice_of(row.body)
    except BadDelivery:
        notice = None
    return {
        "id": row.pk,
        "sepay_id": row.external_id,
        "gateway": notice.gateway if notice else None,
        "transaction_date": on_the_wire(notice.transferred_at) if notice else None,
        "account_number": notice.account_number if notice else None,
        "reference_code": (notice.reference_code or None) if notice else None,
        "transfer_type": notice.direction if notice else None,
        "transfer_amount": notice.amount_vnd if notice else None,
        "content": notice.content if notice else None,
        "status": row.status,
        "retry_count": row.attempts,
        "max_retries": row.max_attempts,
        "last_error": row.last_error or None,
        "created_at": on_the_wire(row.created_at),
        "last_retry_at": on_the_wire(row.last_attempt_at),
    }


class Retry(BankView):
    """Another attempt."""

    sentences = {
        "FAILED_DELIVERY_NOT_FOUND": "Failed webhook not found",
        "MAX_RETRIES_EXCEEDED": "Max retries exceeded",
        "RETRY_FAILED": "Retry failed",
    }

    @extend_schema(operation_id="v1_sepay_failed_queue_retry", request=body(), responses=DONE)
    def post(self, request: Request, failed_id: str) -> Response:
        """Take it now, with all that a delivery means."""
        id = id_of(failed_id)
        if id is None:
            raise FailedDeliveryNotFound("Failed webhook not found")
        done = retrying.retry(caller=caller_of(request.user), failed_id=id)
        if done.duplicate:
            message = "Transaction already exists in balance_history"
            return Response({"success": True, "message": message, "duplicate": True})
        message = "Webhook retry successful"
        return Response({"success": True, "message": message, "balance_history_id": done.transfer_id})

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        return dict(refusal.params) if isinstance(refusal, retrying.MaxRetriesExceeded) else {}


class RetryAll(BankView):
    """All of them."""

    @extend_schema(operation_id="v1_sepay_failed_queue_retry_all", request=body(), responses=DONE)
    def post(self, request: Request) -> Response:
        """Take a hundred now, the oldest first."""
        done = retrying.retry_all(caller=caller_of(request.user))
        results = {
            "total": done.total,
            "success": done.success,
            "failed": done.failed,
            "details": [_outcome(one) for one in done.details],
        }
        message = f"Retry complete: {done.success}/{done.total} successful"
        return Response({"success": True, "message": message, "results": results})


def _outcome(one: retrying.Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {"id": one.id, "status": one.status}
    if one.error:
        return told | {"error": one.error}
    return told | {"balance_history_id": one.transfer_id} | ({"duplicate": True} if one.duplicate else {})


class DetectGaps(BankView):
    """What the old server no longer did."""

    @extend_schema(operation_id="v1_sepay_detect_gaps", responses=FOUND)
    def get(self, request: Request) -> Response:
        """Say that balances are watched all the time."""
        message = "Balances are watched as transfers arrive: see /api/sepay/gaps"
        return Response({"success": True, "total_gaps": 0, "gaps": [], "message": message, "deprecated": True})


class Gaps(BankView):
    """Breaks in the accounts' balances."""

    @extend_schema(
        operation_id="v1_sepay_gaps",
        parameters=[OpenApiParameter("status", str, enum=list(GAP_STATUSES))],
        responses=FOUND,
    )
    def get(self, request: Request) -> Response:
        """Return the newest hundred in a state, in the order in which they were found."""
        state = GAP_STATUSES[word_of(request, "status", GAP_STATUSES, default="detected")]
        newest = list(incidents.incidents(statuses=(state,))[:GAPS_MAX])
        data = [_gap(incident) for incident in reversed(newest)]
        return Response({"success": True, "data": data, "total": len(data)})


def _gap(incident: Incident) -> dict[str, Any]:
    found = [transfer.pk for transfer in incident.found.all()]
    words = {state: word for word, state in GAP_STATUSES.items()}
    return {
        "id": incident.pk,
        "missing_reference_code": f"{GAP}{incident.pk}",
        "previous_reference_code": (incident.before.reference_code or None) if incident.before else None,
        "next_reference_code": incident.after.reference_code or None,
        "status": words[IncidentStatus(incident.status)],
        "balance_history_id": min(found, default=None),
        "detected_at": on_the_wire(incident.opened_at),
        "resolved_at": on_the_wire(incident.closed_at),
        "account_number": incident.account_number,
        "missing_amount": incident.missing_vnd,
    }


class IgnoreGap(BankView):
    """A break set aside."""

    @extend_schema(operation_id="v1_sepay_gap_ignore", request=body(reason=TEXT), responses=DONE)
    def post(self, request: Request, reference: str) -> Response:
        """Set it aside; one that is unknown or closed needs nothing."""
        given = Body(request)
        require(given.caller, Right.RECOVER)
        note = given.text("reason", "note", most=incidents.NOTE_LENGTH_MAX) or "Ignored through the API"
        if (incident_id := id_of(reference.removeprefix(GAP))) is not None:
            with suppress(NotFound, incidents.IncidentClosed):
                incidents.set_aside(caller=given.caller, incident_id=incident_id, note=note)
        return Response({"success": True, "message": f"Gap {reference} marked as ignored"})


class FetchByReference(BankView):
    """One transfer that SePay did not tell of."""

    sentences = {"SEPAY_LIST_NOT_CONFIGURED": "SEPAY_API_TOKEN not configured"}

    @extend_schema(operation_id="v1_sepay_fetch_by_reference", request=body(), responses=DONE)
    def post(self, request: Request, reference: str) -> Response:
        """Ask SePay's list for it and take it, with all that a delivery means."""
        require(Body(request).caller, Right.RECOVER)
        missing = {
            "success": False,
            "error": "Transaction not found in Sepay",
            "message": f"Không tìm thấy giao dịch với mã tham chiếu {reference}",
        }
        if len(reference) > REFERENCE_LENGTH_MAX or not storable(reference):
            return Response(missing)
        fetched = healing.fetch_by_reference(reference)
        if not fetched:
            return Response(missing)
        new = next((one for one in fetched if one.is_new), None)
        if new is None:
            message = "Giao dịch đã tồn tại trong hệ thống"
            return Response({"success": True, "message": message, "duplicate": True})
        row = BankTransfer.objects.get(pk=new.transfer_id)
        transfer = {
            "id": row.pk,
            "reference_code": row.reference_code,
            "amount": row.amount_vnd,
            "type": row.direction,
        }
        message = f"Đã lấy được giao dịch {reference}"
        return Response({"success": True, "message": message, "id": row.pk, "transaction": transfer})

    @override
    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, SepayNotConfigured):
            response.status_code = 400
        return response

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        if isinstance(refusal, SepayRefused):
            return {"error": f"Sepay API error: {refusal.params.get('status')}"}
        if isinstance(refusal, SepayListError) and not isinstance(refusal, SepayNotConfigured):
            return {"error": "Failed to fetch from Sepay"}
        return {}


urlpatterns = [
    path("failed-queue", FailedQueue.as_view()),
    path("failed-queue/retry-all", RetryAll.as_view()),
    path("failed-queue/<str:failed_id>/retry", Retry.as_view()),
    path("detect-gaps", DetectGaps.as_view()),
    path("gaps", Gaps.as_view()),
    path("gaps/<str:reference>/ignore", IgnoreGap.as_view()),
    path("fetch-by-reference/<str:reference>", FetchByReference.as_view()),
]
