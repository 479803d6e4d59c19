"""Taking a match back with its money; where the money was spent, the shop bears it and a second person must agree."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banking.authority import Right, require
from banking.desk.errors import (
    AlreadyAdjusted,
    MoneyOfTopup,
    NotLinked,
    SecondPersonNeeded,
    ShortfallGrew,
    UndoNotFound,
    UndoNotWaiting,
)
from banking.desk.keeping import leave, state_of
from banking.desk.linking import free
from banking.desk.rows import OPEN, fresh, locked, require_state
from banking.events import TransferUpdated
from banking.models import (
    BankTransfer,
    MatchMethod,
    TopupPayment,
    TransferAdjustment,
    Undo,
    UndoStatus,
    Verdict,
    Verification,
)
from customers.models import Customer
from n2store import audit
from n2store.events import publish
from n2store.roles import Caller
from n2store.templatetags.money import vnd
from wallets.commands import ReasonRequired
from wallets.models import Transaction, Wallet
from wallets.operations import adjust, reverse

REFERENCE_TYPE = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoEffects:
    """What an undo would do. Amounts in whole dong; `lines` tells it in the reader's language.

    `shortfall_vnd` is what is no longer in the wallet: above 0 a second person confirms, and the shop bears it.
    """

    transfer: BankTransfer
    customer: Customer
    credited_vnd: int
    real_now_vnd: int
    real_after_vnd: int
    shortfall_vnd: int
    lines: list[str]


def effects(transfer_id: int) -> UndoEffects:
    """Tell what an undo would do now; changes nothing.

    Raises:
        TransferNotFound, NotLinked, AlreadyAdjusted.
        WrongState: it was rejected. MoneyOfTopup: PayOS said that its deposit paid a top-up.
    """
    transfer = fresh(transfer_id)
    customer = _owner(transfer)
    real_vnd = Wallet.objects.get(customer=customer).real_vnd
    return _effects(transfer, customer, real_vnd)


@transaction.atomic
def undo(*, caller: Caller, transfer_id: int, reason: str) -> Undo:
    """Take the match back: no owner, deposit reversed, the answered question open again, nothing matched by itself.

    When money was spent already, nothing moves: the undo returned is `waiting` for a second person. Asking again while
    one waits shows the shortfall of now.

    Raises:
        MayNotHandle, TransferNotFound, NotLinked, AlreadyAdjusted, ReasonRequired.
        WrongState: it was rejected.
    """
    require(caller, Right.APPROVE)
    reason = reason.strip()
    if not reason:
        raise ReasonRequired("A reason is required")
    transfer = locked(transfer_id)
    would = _effects_held(transfer)
    asked = Undo.objects.select_for_update().filter(transfer=transfer, status=UndoStatus.WAITING).first()
    asked = asked or Undo(transfer=transfer, customer=would.customer)
    asked.deposit = _own_deposit(transfer)
    asked.reason, asked.shortfall_vnd = reason, would.shortfall_vnd
    asked.asked_by, asked.asked_at = caller.name, timezone.now()
    if would.shortfall_vnd == 0:
        return _carry_out(asked, transfer, caller)
    asked.status = UndoStatus.WAITING
    asked.save()
    _tell(asked, transfer, caller, "undo_asked")
    return asked


@transaction.atomic
def confirm_undo(*, caller: Caller, undo_id: int, shortfall_vnd: int | None = None) -> Undo:
    """Carry a waiting undo out: an adjustment covers the shortfall, then the deposit is reversed.

    `shortfall_vnd` is what the second person saw; without it, what the undo was asked with.

    Raises:
        MayNotHandle, UndoNotFound, UndoNotWaiting.
        SecondPersonNeeded: the caller asked for it.
        ShortfallGrew: more is missing now than was seen.
    """
    require(caller, Right.APPROVE)
    asked, transfer = _waiting(undo_id)
    if caller.name.casefold() == asked.asked_by.casefold():
        raise SecondPersonNeeded("Another person must confirm this undo")
    would = _effects_held(transfer)
    seen_vnd = asked.shortfall_vnd if shortfall_vnd is None else shortfall_vnd
    if would.shortfall_vnd > seen_vnd:
        raise ShortfallGrew(
            f"{would.shortfall_vnd} dong are missing now, not {seen_vnd}", shortfall=vnd(would.shortfall_vnd)
        )
    asked.shortfall_vnd = would.shortfall_vnd
    asked.confirmed_by, asked.confirmed_at = caller.name, timezone.now()
    if would.shortfall_vnd:
        asked.cover = adjust(
            customer=would.customer,
            amount_vnd=would.shortfall_vnd,
            key=f"{REFERENCE_TYPE}:{asked.pk}",
            reason=f"Shop chịu phần đã tiêu khi hoàn tác chuyển khoản #{transfer.pk}:"
            f" {asked.asked_by} yêu cầu, {caller.name} xác nhận",
            at=timezone.now(),
            by=caller.name,
            reference=(REFERENCE_TYPE, str(asked.pk)),
        )
    return _carry_out(asked, transfer, caller)


@transaction.atomic
def withdraw_undo(*, caller: Caller, undo_id: int) -> Undo:
    """Let a waiting undo go; nothing was changed.

    Raises:
        MayNotHandle, UndoNotFound, UndoNotWaiting.
    """
    require(caller, Right.APPROVE)
    asked, transfer = _waiting(undo_id)
    asked.status = UndoStatus.WITHDRAWN
    asked.save(update_fields=["status"])
    _tell(asked, transfer, caller, "undo_withdrawn")
    return asked


def is_waiting(transfer: BankTransfer) -> bool:
    """Tell whether an undo of the transfer waits for a second person."""
    return Undo.objects.filter(transfer=transfer, status=UndoStatus.WAITING).exists()


def _owner(transfer: BankTransfer) -> Customer:
    """Return whose match can be taken back."""
    if transfer.customer is None:
        raise NotLinked("Transaction is not linked to any customer", transfer)
    require_state(transfer, *OPEN, Verification.AUTO_APPROVED, Verification.APPROVED)
    if TransferAdjustment.objects.filter(transfer=transfer).exists():
        raise AlreadyAdjusted("The transfer's money was adjusted: what is left is corrected by hand", transfer)
    deposit = _own_deposit(transfer)
    if deposit is not None and TopupPayment.objects.filter(wallet_transaction=deposit).exists():
        raise MoneyOfTopup("PayOS said that this deposit paid a top-up", transfer)
    return transfer.customer


def _own_deposit(transfer: BankTransfer) -> Transaction | None:
    """Return the deposit that the line made; one that a top-up made stays with the top-up."""
    return None if transfer.match_method == MatchMethod.TOPUP else transfer.wallet_transaction


def _effects_held(transfer: BankTransfer) -> UndoEffects:
    """Work the effects out under the wallet's lock: nothing is spent between this and the taking back."""
    customer = _owner(transfer)
    return _effects(transfer, customer, Wallet.objects.select_for_update().get(customer=customer).real_vnd)


def _effects(transfer: BankTransfer, customer: Customer, real_vnd: int) -> UndoEffects:
    credited_vnd = transfer.amount_vnd if _own_deposit(transfer) else 0
    shortfall_vnd = max(0, credited_vnd - real_vnd)
    real_after_vnd = real_vnd + shortfall_vnd - credited_vnd
    lines = [
        _("The transfer of {amount} no longer belongs to {customer}.").format(
            amount=vnd(transfer.amount_vnd), customer=customer
        )
    ]
    if transfer.match_method == MatchMethod.TOPUP:
        lines.append(_("The money stays in the wallet: it is the top-up's, and PayOS told of it."))
    if credited_vnd:
        lines.append(
            _("The deposit of {amount} is taken back: the wallet goes from {now} to {after}.").format(
                amount=vnd(credited_vnd), now=vnd(real_vnd), after=vnd(real_after_vnd)
            )
        )
    if shortfall_vnd:
        lines.append(
            _("{amount} of it was spent. The shop bears this, and a second person must confirm.").format(
                amount=vnd(shortfall_vnd)
            )
        )
    lines.append(_("Nothing is matched again by itself: a person gives the transfer its owner."))
    return UndoEffects(
        transfer=transfer,
        customer=customer,
        credited_vnd=credited_vnd,
        real_now_vnd=real_vnd,
        real_after_vnd=real_after_vnd,
        shortfall_vnd=shortfall_vnd,
        lines=lines,
    )


def _carry_out(asked: Undo, transfer: BankTransfer, caller: Caller) -> Undo:
    """Reverse the deposit and free the transfer; the wallet is held and covers it."""
    before = state_of(transfer)
    deposit = _own_deposit(transfer)
    if deposit is not None:
        reason = f"Hoàn tác chuyển khoản #{transfer.pk}: {asked.reason}"
        asked.reversal = reverse(posted=deposit, reason=reason, at=timezone.now(), by=caller.name)
    asked.status = UndoStatus.DONE
    asked.save()
    free(transfer)
    transfer.times_undone += 1
    transfer.save()
    leave(transfer, caller, "undo", before=before, verdict=Verdict.UNDONE, note=asked.reason)
    return asked


def _waiting(undo_id: int) -> tuple[Undo, BankTransfer]:
    """Return a waiting undo with its transfer, both held."""
    transfer_id = Undo.objects.filter(pk=undo_id).values_list("transfer", flat=True).first()
    if transfer_id is None:
        raise UndoNotFound("There is no such undo")
    transfer = locked(transfer_id)
    asked = Undo.objects.select_for_update().get(pk=undo_id)
    if asked.status != UndoStatus.WAITING:
        raise UndoNotWaiting("This undo was carried out or withdrawn")
    return asked, transfer


def _tell(asked: Undo, transfer: BankTransfer, caller: Caller, what: str) -> None:
    """Leave the traces of what changed only the undo."""
    audit.record(
        actor=caller.name,
        action=f"transfer.{what}",
        subject=f"transfer:{transfer.pk}",
        after={"undo": asked.pk, "shortfall_vnd": asked.shortfall_vnd},
        detail=asked.reason,
    )
    publish(TransferUpdated.of(transfer, what))
