"""The accountant's review: approve, reject, look again."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from banking.authority import Right, require
from banking.crediting import credit, named
from banking.desk import payers, questions
from banking.desk.errors import NotLinked
from banking.desk.keeping import leave, leave_many, state_of
from banking.desk.linking import decide
from banking.desk.rows import OPEN, locked, require_incoming, require_state, require_uncredited
from banking.models import BankTransfer, Verdict, Verification
from n2store.errors import DomainError
from n2store.roles import Caller
from wallets.commands import ReasonRequired

BULK_MAX = 500
APPROVED_NOTE = "Approved by accountant"
BULK_NOTE = "Bulk approved"


class TooMany(DomainError):
    """More transfers at once than one transaction should hold."""

    code = "TOO_MANY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """An approved transfer and its deposit; `replayed` when it had been approved before, and nothing was done now."""

    transfer: BankTransfer
    wallet_tx_id: int
    real_after_vnd: int
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOutcome:
    """What became of one transfer of many; `error` is English and empty for an approved one."""

    id: int
    approved: bool
    amount_vnd: int | None = None
    real_after_vnd: int | None = None
    error: str = ""


@transaction.atomic
def approve(*, caller: Caller, transfer_id: int, note: str = "", image_url: str = "") -> Approved:
    """Let the transfer's money into its owner's wallet. A second approval answers with the first.

    Raises:
        MayNotHandle, TransferNotFound, NotIncoming.
        WrongState: it does not wait for approval.
        NotLinked: it has no owner.
    """
    require(caller, Right.APPROVE)
    transfer = locked(transfer_id)
    require_incoming(transfer)
    if transfer.verification == Verification.APPROVED and transfer.wallet_transaction is not None:
        posted = transfer.wallet_transaction
        return Approved(transfer=transfer, wallet_tx_id=posted.pk, real_after_vnd=posted.real_after_vnd, replayed=True)
    require_state(transfer, *OPEN)
    if transfer.customer is None:
        raise NotLinked("Transaction is not linked to any customer. Link customer first.", transfer)

    before = state_of(transfer)
    if not payers.confirmed(transfer):
        payers.remember(transfer, by=caller.name)
    posted = credit(transfer, how=f"(Approved by {caller.name})", by=caller.name)
    decide(transfer, Verification.APPROVED, by=caller.name)
    transfer.verification_note = note or APPROVED_NOTE
    transfer.verification_image_url = image_url
    transfer.match_due_at = None
    transfer.save()
    leave(transfer, caller, "approve", before=before, verdict=Verdict.APPROVED, note=transfer.verification_note)
    return Approved(transfer=transfer, wallet_tx_id=posted.pk, real_after_vnd=posted.real_after_vnd, replayed=False)


@transaction.atomic
def reject(*, caller: Caller, transfer_id: int, reason: str) -> BankTransfer:
    """Refuse the transfer: no path credits it until somebody reopens it. Its open question is dropped.

    What a link by hand taught of the payer is forgotten until then, too.

    Raises:
        MayNotHandle, TransferNotFound, NotIncoming.
        WrongState: it does not wait for anybody.
        ReasonRequired: `reason` is empty.
    """
    require(caller, Right.APPROVE)
    reason = reason.strip()
    if not reason:
        raise ReasonRequired("reason is required for rejection")
    transfer = locked(transfer_id)
    require_incoming(transfer)
    require_uncredited(transfer)
    require_state(transfer, *OPEN)

    before = state_of(transfer)
    payers.forget(transfer)
    questions.drop(transfer, by=caller.name, note=f"{questions.REJECTED_NOTE}{reason}")
    decide(transfer, Verification.REJECTED, by=caller.name)
    transfer.verification_note = f"{questions.REJECTED_NOTE}{reason}"
    transfer.match_due_at = None
    transfer.save()
    leave(transfer, caller, "reject", before=before, verdict=Verdict.REJECTED, note=reason)
    return transfer


@transaction.atomic
def reopen(*, caller: Caller, transfer_id: int) -> BankTransfer:
    """Take a rejection back: the transfer waits again, for the accountant if it has an owner, else for an owner.

    The question that the rejection dropped is open again.

    Raises:
        MayNotHandle, TransferNotFound.
        WrongState: it was not rejected.
    """
    require(caller, Right.APPROVE)
    transfer = locked(transfer_id)
    require_state(transfer, Verification.REJECTED)

    before = state_of(transfer)
    asked = questions.ask_what_was_rejected(transfer)
    waits = transfer.customer is not None or asked is not None
    transfer.verification = Verification.PENDING_VERIFICATION if waits else Verification.PENDING
    transfer.verified_at, transfer.verified_by, transfer.verification_note = None, "", ""
    transfer.save()
    if payers.confirmed(transfer):
        payers.remember(transfer, by=caller.name)
    leave(transfer, caller, "reopen", before=before, verdict=Verdict.REOPENED)
    return transfer


@transaction.atomic
def bulk_approve(*, caller: Caller, transfer_ids: Sequence[int]) -> list[BulkOutcome]:
    """Approve up to `BULK_MAX` transfers, each by itself: one that cannot be approved stops no other.

    Returns one outcome for each distinct id, in the order given. The number of queries does not depend on how many.

    Raises:
        MayNotHandle.
        TooMany: more than `BULK_MAX`.
    """
    require(caller, Right.APPROVE)
    wanted = list(dict.fromkeys(transfer_ids))
    if len(wanted) > BULK_MAX:
        raise TooMany(f"At most {BULK_MAX} transfers at a time")
    rows = BankTransfer.objects.select_for_update().prefetch_related("customer")  # See Note [A lock joins nothing].
    held = {row.pk: row for row in rows.filter(pk__in=wanted).order_by("pk")}
    faults = {pk: _fault(held.get(pk)) for pk in wanted}
    good = [held[pk] for pk in wanted if not faults[pk]]
    befores = {row.pk: state_of(row) for row in good}
    unconfirmed = [row for row in good if not payers.confirmed(row)]

    posted = _approve_many(good, by=caller.name)
    approved = [row for row in good if not posted[row.pk].fault]
    payers.remember_many([row for row in unconfirmed if not posted[row.pk].fault], by=caller.name)
    leave_many(approved, caller, "approve", befores=befores, verdict=Verdict.APPROVED, note=BULK_NOTE)
    return [
        BulkOutcome(id=pk, approved=False, error=faults[pk] or posted[pk].fault)
        if faults[pk] or posted[pk].fault
        else BulkOutcome(id=pk, approved=True, amount_vnd=held[pk].amount_vnd, real_after_vnd=posted[pk].real_after_vnd)
        for pk in wanted
    ]


def _fault(transfer: BankTransfer | None) -> str:
    """Return why a transfer of many is not approved, in the words that the accountant's page knows."""
    if transfer is None:
        return "Not found"
    if not transfer.is_money_in:
        return "Not incoming transaction"
    if transfer.wallet_transaction_id is not None:
        return "Already processed"
    if transfer.verification not in OPEN:
        return f"Status: {transfer.verification}"
    if transfer.customer_id is None:
        return "No customer linked"
    return ""


@dataclass(frozen=True, slots=True)
class _Posted:
    transaction_id: int | None
    real_after_vnd: int | None
    fault: str


def _approve_many(transfers: Sequence[BankTransfer], *, by: str) -> dict[int, _Posted]:
    """Credit and approve held transfers in one statement, and bring the objects up to date."""
    now = timezone.now()
    ids = [transfer.pk for transfer in transfers]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT transfer_id, transaction_id, real_after, fault FROM banking_approve_many(%s, %s, %s, %s)",
            [ids, BULK_NOTE, by, now],
        )
        posted = {row[0]: _Posted(*row[1:]) for row in cursor.fetchall()}
    for transfer in transfers:
        if not posted[transfer.pk].fault:
            transfer.wallet_transaction_id = posted[transfer.pk].transaction_id
            decide(transfer, Verification.APPROVED, by=by)
            transfer.verification_note = BULK_NOTE
    return posted


@transaction.atomic
def credit_again(*, caller: Caller, transfer_id: int) -> Approved:
    """Credit an approved transfer whose money never reached the wallet.

    Raises:
        MayNotHandle, TransferNotFound, NotIncoming, NotLinked, AlreadyCredited.
        WrongState: it is not approved.
    """
    require(caller, Right.APPROVE)
    transfer = locked(transfer_id)
    require_incoming(transfer)
    if transfer.customer is None:
        raise NotLinked("Transaction is not linked to any customer. Use /link first.", transfer)
    require_uncredited(transfer)
    require_state(transfer, Verification.APPROVED, Verification.AUTO_APPROVED)

    before = state_of(transfer)
    posted = credit(transfer, how=f"{named(transfer)} (reprocess)", by=caller.name)
    transfer.save(update_fields=["wallet_transaction"])
    leave(transfer, caller, "credit_again", before=before, verdict=Verdict.CREDITED, note="reprocess")
    return Approved(transfer=transfer, wallet_tx_id=posted.pk, real_after_vnd=posted.real_after_vnd, replayed=False)
