"""`/api/sepay/pending-matches`: transfers of which a person must say whose they are."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from banking.api.answers import DONE, FOUND, TEXT, body
from banking.api.inputs import Body, id_of, word_of
from banking.api.refusals import BankView
from banking.desk import asking
from banking.desk.errors import LinkedMeanwhile, MatchNotFound, MatchWrongState, NotACandidate
from banking.lists.matches import questions_page
from banking.models import MatchStatus, PendingMatch
from n2store.json_answers import answer
from n2store.windows import window_of

PER_PAGE, PER_PAGE_MAX = 50, 200


class PendingMatches(BankView):
    """Questions, newest first."""

    @extend_schema(
        operation_id="v1_sepay_pending_matches",
        parameters=[
            OpenApiParameter("status", str, enum=MatchStatus.values),
            OpenApiParameter("limit", int),
            OpenApiParameter("page", int),
            OpenApiParameter("cursor", str),
        ],
        responses=FOUND,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return one page of those in a state, open ones unless asked otherwise."""
        state = word_of(request, "status", MatchStatus.values, default=MatchStatus.PENDING)
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int,))
        page = questions_page(window, states=[state])
        return answer(page.data, count=page.rows, pagination=page.block)


class OneQuestion(BankView):
    """What all four verbs refuse alike."""

    missing = "Pending match not found or already resolved"

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        if isinstance(refusal, MatchNotFound):
            return {"error": self.missing}
        if isinstance(refusal, LinkedMeanwhile):
            owner = refusal.transfer.customer
            return {"error": "Transaction already linked", "linked_to": owner.phone if owner else None}
        return {}


class Resolve(OneQuestion):
    """The answer."""

    @extend_schema(
        operation_id="v1_sepay_pending_match_resolve",
        request=body("customer_id", customer_id=TEXT, resolved_by=TEXT),
        responses=DONE,
    )
    def post(self, request: Request, match_id: str) -> Response:
        """Choose one of the candidates; the money goes in at once if the caller may approve."""
        id, given = _match_meant(match_id), Body(request)
        chosen = given.fields.get("customer_id")
        if chosen is None or chosen == "":
            raise ValidationError("Missing required parameter: customer_id")
        resolved = asking.resolve(caller=given.caller, match_id=id, customer_id=given.text("customer_id", most=100))
        data = {
            "match_id": id,
            "transaction_id": resolved.transfer.pk,
            "customer": _customer(resolved.customer.pk, resolved.customer.phone, resolved.customer.name),
            "amount_added": resolved.transfer.amount_vnd,
            "wallet_processed": resolved.credited,
        }
        return Response({"success": True, "message": "Match resolved successfully", "data": data})

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        if not isinstance(refusal, NotACandidate):
            return super().beside(refusal)
        return {
            "error": "Selected customer not in matched list",
            "requested_id": refusal.requested,
            "available_customers": [
                _customer(_id_of_candidate(known), known.get("phone"), known.get("name"))
                for known in refusal.candidates
            ],
        }


class Customers(OneQuestion):
    """Other candidates."""

    @extend_schema(
        operation_id="v1_sepay_pending_match_customers",
        request=body("matched_customers", matched_customers={"type": "array", "items": {"type": "object"}}),
        responses=DONE,
    )
    def put(self, request: Request, match_id: str) -> Response:
        """Put these to the question; each phone is checked, and known fields only are kept."""
        id, given = _match_meant(match_id), Body(request)
        candidates = given.fields.get("matched_customers")
        if not isinstance(candidates, list) or any(not isinstance(one, dict) for one in candidates):
            raise ValidationError("Missing or invalid matched_customers array")
        match = asking.replace_candidates(caller=given.caller, match_id=id, candidates=candidates)
        return _told(match, "Matched customers updated successfully")


class Skip(OneQuestion):
    """A question left for later."""

    @extend_schema(
        operation_id="v1_sepay_pending_match_skip", request=body(reason=TEXT, resolved_by=TEXT), responses=DONE
    )
    def post(self, request: Request, match_id: str) -> Response:
        """Skip it; the transfer stays without an owner."""
        id, given = _match_meant(match_id), Body(request)
        match = asking.skip(caller=given.caller, match_id=id, reason=given.text("reason"))
        return _told(match, "Match skipped successfully")


class UndoSkip(OneQuestion):
    """A skipped question asked again."""

    missing = "Pending match not found"

    @extend_schema(operation_id="v1_sepay_pending_match_undo_skip", request=body(resolved_by=TEXT), responses=DONE)
    def post(self, request: Request, match_id: str) -> Response:
        """Ask it again."""
        id, given = _match_meant(match_id), Body(request)
        match = asking.undo_skip(caller=given.caller, match_id=id)
        return _told(match, "Match reset to pending successfully", status=match.status)

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        if not isinstance(refusal, MatchWrongState):
            return super().beside(refusal)
        return {"error": "Match is not in skipped status", "current_status": refusal.current}


def _match_meant(text: str) -> int:
    id = id_of(text)
    if id is None:
        raise MatchNotFound("Pending match not found")
    return id


def _customer(id: object, phone: object, name: object) -> dict[str, object]:
    return {"id": id, "phone": phone, "name": name}


def _id_of_candidate(known: dict[str, Any]) -> object:
    """Return what resolving takes for a candidate, as the lists write it."""
    tpos_id = id_of(str(known.get("tpos_id") or ""))
    return f"LOCAL_{known.get('phone')}" if tpos_id is None else tpos_id


def _told(match: PendingMatch, message: str, **more: object) -> Response:
    data = {"id": match.pk, "transaction_id": match.transfer_id, "extracted_phone": match.extracted_text}
    return Response({"success": True, "message": message, "data": data | more})


urlpatterns = [
    path("pending-matches", PendingMatches.as_view()),
    path("pending-matches/<str:match_id>/resolve", Resolve.as_view()),
    path("pending-matches/<str:match_id>/customers", Customers.as_view()),
    path("pending-matches/<str:match_id>/skip", Skip.as_view()),
    path("pending-matches/<str:match_id>/undo-skip", UndoSkip.as_view()),
]
