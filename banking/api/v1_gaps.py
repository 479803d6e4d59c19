"""`/api/sepay/gaps` and `/fetch-by-reference`: transfers that are missing, and how they are got."""

from contextlib import suppress
from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from banking.api.answers import DONE, FOUND, TEXT, body
from banking.api.inputs import Body, id_of, word_of
from banking.api.refusals import BankView
from banking.authority import Right, require
from banking.continuity import healing, incidents
from banking.models import BankTransfer, Incident, IncidentStatus
from n2store.clock import on_the_wire
from n2store.errors import NotFound
from n2store.wire import storable
from proxy.sepay import SepayListError, SepayNotConfigured, SepayRefused

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
        note = given.text("reason", "note", most=incidents.NOTE_LENGTH_MAX) or _("No reason was given.")
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
    path("detect-gaps", DetectGaps.as_view()),
    path("gaps", Gaps.as_view()),
    path("gaps/<str:reference>/ignore", IgnoreGap.as_view()),
    path("fetch-by-reference/<str:reference>", FetchByReference.as_view()),
]
