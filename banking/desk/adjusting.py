"""Putting the money of a credited transfer right, once: back out, over to the right customer, or part of it."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from banking.authority import Right, require
from banking.desk import undo as undos
from banking.desk.errors import AlreadyAdjusted, InvalidAdjustment, NotCredited, SpentSince, UndoWaiting
from banking.desk.keeping import leave, state_of
from banking.desk.rows import fresh, locked
from banking.models import AdjustmentKind, BankTransfer, TransferAdjustment, Verdict
from customers.models import Customer
from customers.operations import get_or_create_customer
from customers.phones import canonical_phone
from n2store.roles import Caller
from n2store.wire import storable
from wallets.models import Transaction, TransactionType, Wallet
from wallets.operations import adjust as move

REASON_LENGTH_MIN, REASON_LENGTH_MAX = 10, 2_000
REFERENCE_TYPE = "balance_history_adjust"
SPENDING = (TransactionType.WITHDRAW, TransactionType.VIRTUAL_DEBIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanAdjust:
    """Whether a transfer can be adjusted, and what stands against it.

    `obstacle` is empty, or `NOT_CREDITED`, `NO_CUSTOMER`, `ADJUSTED`, `UNDO_WAITING`, `WITHDRAWN_SINCE`, or `SPENT`:
    `used_vnd` of the transfer's money is no longer there.
    """

    transfer: BankTransfer
    obstacle: str
    real_vnd: int
    used_vnd: int
    has_withdrawals: bool
    has_adjustment: bool

    @property
    def can(self) -> bool:
        """Tell whether nothing stands against it."""
        return not self.obstacle


def can_adjust(transfer_id: int) -> CanAdjust:
    """Look whether the transfer can be adjusted; changes nothing.

    Raises:
        TransferNotFound.
    """
    return _looked_at(fresh(transfer_id))


@transaction.atomic
def adjust(
    *,
    caller: Caller,
    transfer_id: int,
    kind: AdjustmentKind | str,
    amount_vnd: int | None = None,
    correct_phone: str = "",
    reason: str,
) -> TransferAdjustment:
    """Take `amount_vnd` (by default all) out of the owner's wallet; `TRANSFER_TO_CORRECT` gives it to `correct_phone`.

    Raises:
        MayNotHandle, TransferNotFound, InvalidPhone.
        InvalidAdjustment: `fault` is `reason` (under 10 characters), `kind`, `phone` (missing, or the owner's own) or
            `amount` (not a whole number from 1 to the transfer's amount).
        NotCredited, AlreadyAdjusted, SpentSince, UndoWaiting.
        InsufficientFunds: the wallet holds less real money.
    """
    require(caller, Right.APPROVE)
    reason, kind = _reason(reason), _kind(kind)
    phone = _correct_phone(kind, correct_phone)
    transfer = locked(transfer_id)
    amount_vnd = _amount(amount_vnd, transfer)
    wrong = transfer.customer
    if transfer.wallet_transaction_id is None or wrong is None:
        raise NotCredited("The transfer was not credited to a wallet", transfer)
    if phone == wrong.phone:
        raise InvalidAdjustment("The money is that customer's already", fault="phone")
    right = get_or_create_customer(phone=phone, by=caller.name)[0] if phone else None
    _hold_wallets(wrong, right)
    _refuse_obstacle(_looked_at(transfer))

    before = state_of(transfer)
    debit = _move(transfer, wrong, -amount_vnd, part="debit", reason=reason, by=caller.name)
    credit = _move(transfer, right, amount_vnd, part="credit", reason=reason, by=caller.name) if right else None
    adjustment = TransferAdjustment.objects.create(
        transfer=transfer,
        kind=kind,
        amount_vnd=amount_vnd,
        wrong_customer=wrong,
        right_customer=right,
        debit=debit,
        credit=credit,
        reason=reason,
        actor=caller.name,
    )
    mark = f"[Đã điều chỉnh: {kind.value} {amount_vnd:,}đ bởi {caller.name}]"
    transfer.verification_note = f"{transfer.verification_note} {mark}".strip()
    transfer.save(update_fields=["verification_note"])
    leave(transfer, caller, "adjust", before=before, verdict=Verdict.ADJUSTED, note=f"{mark} {reason}")
    return adjustment


def _looked_at(transfer: BankTransfer) -> CanAdjust:
    posted, owner = transfer.wallet_transaction, transfer.customer
    has_adjustment = TransferAdjustment.objects.filter(transfer=transfer).exists()
    real_vnd = Wallet.objects.get(customer=owner).real_vnd if owner else 0
    spent = posted is not None and _spent_since(posted)
    used_vnd = max(0, transfer.amount_vnd - real_vnd) if posted else 0
    obstacles = {
        "NOT_CREDITED": posted is None,
        "NO_CUSTOMER": owner is None,
        "ADJUSTED": has_adjustment,
        "UNDO_WAITING": undos.is_waiting(transfer),
        "WITHDRAWN_SINCE": spent,
        "SPENT": used_vnd > 0,
    }
    return CanAdjust(
        transfer=transfer,
        obstacle=next((name for name, stands in obstacles.items() if stands), ""),
        real_vnd=real_vnd,
        used_vnd=used_vnd,
        has_withdrawals=spent,
        has_adjustment=has_adjustment,
    )


def _spent_since(posted: Transaction) -> bool:
    """Tell whether money left the wallet after this deposit and stayed away; by the ledger's numbers, not by clocks."""
    later = Transaction.objects.filter(wallet=posted.wallet_id, sequence__gt=posted.sequence, type__in=SPENDING)
    return later.filter(reversed_by=None).exists()


def _refuse_obstacle(looked: CanAdjust) -> None:
    """Refuse what stands against it. Money that is not there is the ledger's to refuse: part of it may be enough."""
    transfer = looked.transfer
    match looked.obstacle:
        case "ADJUSTED":
            raise AlreadyAdjusted("The transfer was adjusted before", transfer)
        case "UNDO_WAITING":
            raise UndoWaiting("An undo of this transfer waits for a second person", transfer)
        case "WITHDRAWN_SINCE":
            raise SpentSince("The customer has spent since the transfer was credited", transfer)


def _hold_wallets(*customers: Customer | None) -> None:
    """Hold the wallets in the order of phones, as everywhere."""
    held = [customer.pk for customer in customers if customer]
    list(Wallet.objects.select_for_update(of=("self",)).filter(customer__in=held).order_by("customer__phone"))


def _move(
    transfer: BankTransfer, customer: Customer, amount_vnd: int, *, part: str, reason: str, by: str
) -> Transaction:
    return move(
        customer=customer,
        amount_vnd=amount_vnd,
        key=f"{REFERENCE_TYPE}:{transfer.pk}:{part}",
        reason=f"Điều chỉnh chuyển khoản #{transfer.pk}: {reason}",
        at=timezone.now(),
        by=by,
        reference=(REFERENCE_TYPE, f"{transfer.pk}:{part}"),
    )


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not REASON_LENGTH_MIN <= len(reason) <= REASON_LENGTH_MAX or not storable(reason):
        raise InvalidAdjustment(f"The reason needs at least {REASON_LENGTH_MIN} characters", fault="reason")
    return reason


def _kind(kind: AdjustmentKind | str) -> AdjustmentKind:
    try:
        return AdjustmentKind(kind)
    except ValueError as error:
        raise InvalidAdjustment(f"The kind must be one of: {', '.join(AdjustmentKind.values)}", fault="kind") from error


def _correct_phone(kind: AdjustmentKind, phone: str) -> str:
    if kind != AdjustmentKind.TRANSFER_TO_CORRECT:
        return ""
    if not phone:
        raise InvalidAdjustment("The right customer's phone is missing", fault="phone")
    return canonical_phone(phone)


def _amount(amount_vnd: int | None, transfer: BankTransfer) -> int:
    if amount_vnd is None:
        return transfer.amount_vnd
    if type(amount_vnd) is not int or not 0 < amount_vnd <= transfer.amount_vnd:
        raise InvalidAdjustment("The amount must be a whole number from 1 to the transfer's", fault="amount")
    return amount_vnd
