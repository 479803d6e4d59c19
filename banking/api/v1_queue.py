"""`/api/sepay/failed-queue`: deliveries that could not be taken when they came."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from banking import retrying
from banking.api.answers import DONE, FOUND, body
from banking.api.inputs import id_of, word_of
from banking.api.refusals import BankView
from banking.models import FailedDelivery, RetryStatus
from banking.retrying import FailedDeliveryNotFound
from banking.sepay.parser import BadDelivery
from banking.sepay.stored import notice_of
from n2store.clock import on_the_wire
from n2store.roles import caller_of
from n2store.windows import COUNTED_MAX, window_of

PER_PAGE, PER_PAGE_MAX = 50, 200


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


urlpatterns = [
    path("failed-queue", FailedQueue.as_view()),
    path("failed-queue/retry-all", RetryAll.as_view()),
    path("failed-queue/<str:failed_id>/retry", Retry.as_view()),
]
