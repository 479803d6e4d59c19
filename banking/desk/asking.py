"""Answering the questions that the rules leave to people: whose transfer is it?"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from banking.authority import Right, has, require
from banking.crediting import credit
from banking.desk import payers, questions
from banking.desk.choosing import Candidates, chosen_by, put_in_form
from banking.desk.errors import LinkedMeanwhile, MatchNotFound, MatchWrongState
from banking.desk.keeping import leave, state_of
from banking.desk.linking import decide
from banking.desk.review import APPROVED_NOTE
from banking.desk.rows import OPEN, locked, require_incoming, require_state, require_uncredited
from banking.events import TransferMatched
from banking.models import BankTransfer, MatchMethod, MatchStatus, PendingMatch, Verdict, Verification
from customers.models import Customer, Origin
from customers.operations import get_or_create_customer, update_profile
from n2store.events import publish
from n2store.roles import Caller

WAITS_NOTE = "Chờ kế toán duyệt (NV chọn từ dropdown)"
"""What the accountant's page reads beside a transfer that was answered by somebody who may not approve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """An answered question; `credited` when the answer let the money in at once. `match` is None without a question."""

    match: PendingMatch | None
    transfer: BankTransfer
    customer: Customer
    credited: bool
    wallet_tx_id: int | None
    real_after_vnd: int | None


@transaction.atomic
def resolve(
    *,
    caller: Caller,
    match_id: int | None = None,
    transfer_id: int | None = None,
    customer_id: int | str | None = None,
    phone: str = "",
    note: str = "",
) -> Resolved:
    """Say whose transfer it is: by `match_id` one of the candidates, by `transfer_id` also anybody else's `phone`.

    `customer_id` is what the candidate carries: the TPOS id, `LOCAL_<phone>`, or else our own id. Whoever may approve
    credits at once (`APPROVED`); for others the transfer waits for the accountant. Skipped questions may be answered.

    Raises:
        MayNotHandle, TransferNotFound, NotIncoming, InvalidPhone.
        MatchNotFound: there is no such question, or it was answered.
        NotACandidate: `customer_id` or `phone` is none of the question's candidates (with `match_id`).
        LinkedMeanwhile (409): the transfer has an owner. AlreadyCredited: and the money is in the wallet.
        WrongState: it was rejected.
    """
    require(caller, Right.RESOLVE)
    match, transfer = _asked_about(match_id, transfer_id)
    require_incoming(transfer)
    require_uncredited(transfer)
    if transfer.customer is not None:
        raise LinkedMeanwhile("Transaction already linked", transfer)
    require_state(transfer, *OPEN)
    if match is not None and match.status == MatchStatus.RESOLVED:
        raise MatchNotFound("Pending match not found or already resolved")
    candidates: Candidates = match.candidates if match is not None else []
    candidate = chosen_by(candidates, customer_id=customer_id, phone=phone, anybody=match_id is None)

    before = state_of(transfer)
    customer = _customer_of(candidate, by=caller.name)
    transfer.customer = customer
    transfer.match_method, transfer.matched_text = MatchMethod.PENDING_MATCH, customer.phone
    transfer.match_due_at, transfer.match_trouble = None, ""
    posted = None
    if has(caller, Right.APPROVE):
        posted = credit(transfer, how=f"(Approved by {caller.name})", by=caller.name)
        decide(transfer, Verification.APPROVED, by=caller.name)
        transfer.verification_note = note or APPROVED_NOTE
    else:
        transfer.verification = Verification.PENDING_VERIFICATION
        transfer.verification_note = note or WAITS_NOTE
    transfer.save()
    questions.answer(transfer, customer, by=caller.name)
    payers.remember(transfer, by=caller.name)

    leave(transfer, caller, "resolve", before=before, verdict=Verdict.RESOLVED, note=note, candidates=candidates)
    publish(TransferMatched.of(transfer))
    if match is not None:
        match.refresh_from_db()
    return Resolved(
        match=match,
        transfer=transfer,
        customer=customer,
        credited=posted is not None,
        wallet_tx_id=posted.pk if posted else None,
        real_after_vnd=posted.real_after_vnd if posted else None,
    )


@transaction.atomic
def skip(*, caller: Caller, match_id: int, reason: str = "") -> PendingMatch:
    """Leave the question for later; the transfer stays without an owner.

    Raises:
        MayNotHandle.
        MatchNotFound: there is no such question, or it is not open.
    """
    require(caller, Right.RESOLVE)
    match, transfer = _asked_about(match_id)
    if match is None or match.status != MatchStatus.PENDING:
        raise MatchNotFound("Pending match not found or already resolved")
    before = state_of(transfer)
    match.status = MatchStatus.SKIPPED
    match.resolution_notes = reason
    match.resolved_at, match.resolved_by = timezone.now(), caller.name
    match.save(update_fields=["status", "resolution_notes", "resolved_at", "resolved_by"])
    leave(transfer, caller, "skip", before=before, verdict=Verdict.SKIPPED, note=reason)
    return match


@transaction.atomic
def undo_skip(*, caller: Caller, match_id: int) -> PendingMatch:
    """Ask a skipped question again.

    Raises:
        MayNotHandle, MatchNotFound.
        MatchWrongState: it is not skipped, or another question about the transfer is open.
        LinkedMeanwhile: the transfer has an owner. WrongState: it was rejected.
    """
    require(caller, Right.RESOLVE)
    match, transfer = _asked_about(match_id)
    if match is None:
        raise MatchNotFound("Pending match not found")
    if match.status != MatchStatus.SKIPPED:
        raise MatchWrongState("Match is not in skipped status", match.status)
    if transfer.customer is not None:
        raise LinkedMeanwhile("Transaction already linked", transfer)
    require_state(transfer, *OPEN)
    if PendingMatch.objects.filter(transfer=transfer, status=MatchStatus.PENDING).exists():
        raise MatchWrongState("Another question about this transaction is open", match.status)
    before = state_of(transfer)
    questions.reopen(match)
    leave(transfer, caller, "undo_skip", before=before, verdict=Verdict.REOPENED)
    return match


@transaction.atomic
def replace_candidates(*, caller: Caller, match_id: int, candidates: list[dict[str, Any]]) -> PendingMatch:
    """Put other candidates to an open question. Takes our flat form and the old server's groups by phone.

    Each phone is checked and known fields only are kept; a candidate who was there keeps score and evidence.

    Raises:
        MayNotHandle, MatchNotFound, InvalidPhone.
        InvalidCandidates: no candidate, too many, or not the form.
    """
    require(caller, Right.RESOLVE)
    match, transfer = _asked_about(match_id)
    if match is None or match.status != MatchStatus.PENDING:
        raise MatchNotFound("Pending match not found or already resolved")
    before = {"candidates": [candidate["phone"] for candidate in match.candidates]}
    match.candidates = put_in_form(candidates, known=match.candidates)
    match.save(update_fields=["candidates"])
    after = {"candidates": [candidate["phone"] for candidate in match.candidates]}
    leave(transfer, caller, "replace_candidates", before=before, after=after)
    return match


def _asked_about(
    match_id: int | None = None, transfer_id: int | None = None
) -> tuple[PendingMatch | None, BankTransfer]:
    """Return a question with its transfer held, or a transfer with its latest unanswered question."""
    if match_id is None:
        assert transfer_id is not None
        transfer = locked(transfer_id)
        unanswered = PendingMatch.objects.filter(transfer=transfer).exclude(status=MatchStatus.RESOLVED)
        return unanswered.order_by("status", "-id").first(), transfer  # `pending` comes before `skipped`.
    known = PendingMatch.objects.filter(pk=match_id).values_list("transfer", flat=True).first()
    if known is None:
        raise MatchNotFound("Pending match not found or already resolved")
    transfer = locked(known)  # The transfer before its question, as everywhere.
    return PendingMatch.objects.select_for_update().get(pk=match_id), transfer


def _customer_of(candidate: dict[str, Any], *, by: str) -> Customer:
    """Return the customer that a candidate is, made if nobody here knew them; then TPOS's id is kept with them."""
    customer, created = get_or_create_customer(phone=candidate["phone"], name=candidate.get("name") or "", by=by)
    if created and candidate.get("tpos_id"):
        changes = {"tpos_id": candidate["tpos_id"]}
        customer = update_profile(customer_id=customer.pk, changes=changes, by=by, source=Origin.TPOS)
    return customer
