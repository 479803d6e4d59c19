"""Giving a transfer an owner by hand, and taking the owner away while no money has moved."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from banking.authority import Right, has, require
from banking.crediting import credit as put_into_wallet
from banking.crediting import named
from banking.desk import payers, questions
from banking.desk.errors import AlreadyLinked, NotLinked
from banking.desk.keeping import leave, state_of
from banking.desk.rows import OPEN, locked, require_incoming, require_state, require_uncredited
from banking.events import TransferMatched
from banking.models import BankTransfer, MatchMethod, Verdict, Verification
from customers.models import Customer
from customers.operations import get_or_create_customer
from customers.phones import canonical_phone
from n2store.clock import on_the_wire
from n2store.events import publish
from n2store.roles import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A transfer with its new owner, and the deposit if the caller could make one.

    `tpos_lookup` is `success` when TPOS knows the customer, otherwise `failed`: nobody waits for TPOS here.
    """

    transfer: BankTransfer
    customer: Customer
    previous_phone: str | None
    credited: bool
    wallet_tx_id: int | None
    real_after_vnd: int | None
    tpos_lookup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinked:
    """A transfer without an owner, and who it was."""

    transfer: BankTransfer
    previous_phone: str


@transaction.atomic
def link(
    *,
    caller: Caller,
    transfer_id: int,
    phone: str,
    name: str = "",
    credit: bool,
    method: MatchMethod = MatchMethod.MANUAL_ENTRY,
    note: str = "",
    image_url: str = "",
    replace: bool = False,
) -> Linked:
    """Give the transfer to the customer of `phone`, who is made if need be, with `name`.

    With `credit`, and if the caller may approve, the money goes into the wallet at once: `APPROVED`, `manual_link`.
    Otherwise it waits for the accountant: `PENDING_VERIFICATION` with `method`. `replace` allows another owner than the
    one that an uncredited transfer has. `note` and `image_url` stand beside the decision.

    Raises:
        MayNotHandle, TransferNotFound, InvalidPhone, NotIncoming.
        AlreadyCredited: the money is in a wallet.
        AlreadyLinked: there is an owner, and no `replace`.
        WrongState: it was rejected; reopen it first.
    """
    require(caller, Right.LINK)
    phone = canonical_phone(phone)
    transfer = locked(transfer_id)
    require_incoming(transfer)
    require_uncredited(transfer)
    if transfer.customer is not None and not replace:
        raise AlreadyLinked("Transaction already linked", transfer)
    require_state(transfer, *OPEN, Verification.AUTO_APPROVED, Verification.APPROVED)

    before = state_of(transfer)
    previous_phone = transfer.customer.phone if transfer.customer else None
    customer, _ = get_or_create_customer(phone=phone, name=name, by=caller.name)
    payers.forget(transfer)
    questions.answer(transfer, customer, by=caller.name)
    credits = credit and has(caller, Right.APPROVE)
    _give(transfer, customer, matched_text=phone, method=MatchMethod.MANUAL_LINK if credits else method)
    posted = None
    if credits:
        posted = put_into_wallet(transfer, how=f"{named(transfer)} (manual link)", by=caller.name)
        decide(transfer, Verification.APPROVED, by=caller.name)
    else:
        transfer.verification = Verification.PENDING_VERIFICATION
        transfer.verified_at, transfer.verified_by = None, ""
    transfer.verification_note = note or _note(caller, credits=credits)
    transfer.verification_image_url = image_url
    transfer.save()
    payers.remember(transfer, by=caller.name)

    verdict = Verdict.APPROVED if credits else Verdict.LINKED
    leave(transfer, caller, "link", before=before, verdict=verdict, note=transfer.verification_note)
    publish(TransferMatched.of(transfer))
    return Linked(
        transfer=transfer,
        customer=customer,
        previous_phone=previous_phone,
        credited=posted is not None,
        wallet_tx_id=posted.pk if posted else None,
        real_after_vnd=posted.real_after_vnd if posted else None,
        tpos_lookup="success" if customer.tpos_id else "failed",
    )


@transaction.atomic
def unlink(*, caller: Caller, transfer_id: int) -> Unlinked:
    """Take the owner away; the transfer is as if nobody had been found, and its answered question is open again.

    Raises:
        MayNotHandle, TransferNotFound.
        AlreadyCredited: the money is in a wallet: undo it instead.
        NotLinked: there is no owner.
        WrongState: it was rejected; reopen it first.
    """
    require(caller, Right.LINK)
    transfer = locked(transfer_id)
    require_uncredited(transfer)
    if transfer.customer is None:
        raise NotLinked("Transaction is not linked to any customer", transfer)
    require_state(transfer, *OPEN, Verification.AUTO_APPROVED, Verification.APPROVED)

    before = state_of(transfer)
    previous_phone = transfer.customer.phone
    free(transfer)
    transfer.save()
    leave(transfer, caller, "unlink", before=before, verdict=Verdict.UNLINKED, note=previous_phone)
    return Unlinked(transfer=transfer, previous_phone=previous_phone)


def free(transfer: BankTransfer) -> None:
    """Make the transfer as if nobody had been found; the caller saves it. Nothing looks for an owner by itself."""
    payers.forget(transfer)
    questions.ask_again(transfer)
    transfer.customer = None
    transfer.wallet_transaction = None
    transfer.verification = Verification.PENDING
    transfer.match_method = transfer.matched_text = transfer.match_trouble = ""
    transfer.match_due_at = None
    transfer.verified_at, transfer.verified_by = None, ""
    transfer.verification_note = transfer.verification_image_url = ""


def decide(transfer: BankTransfer, state: Verification, *, by: str) -> None:
    """Set the state with who and when; the caller saves it."""
    transfer.verification = state
    transfer.verified_at, transfer.verified_by = timezone.now(), by


def _give(transfer: BankTransfer, customer: Customer, *, matched_text: str, method: MatchMethod) -> None:
    transfer.customer = customer
    transfer.match_method = method
    transfer.matched_text = matched_text
    transfer.match_due_at = None
    transfer.match_trouble = ""


def _note(caller: Caller, *, credits: bool) -> str:
    """Return the note that the accountant's list of decisions knows."""
    at = on_the_wire(timezone.now())
    if credits:
        return f"Auto-approved by accountant {caller.name} at {at}"
    return f"Manual entry by {caller.name} at {at}"
