"""What a deed would do, worked out on a read: balances before and after, and what becomes of each lot."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from n2store.templatetags.money import moment, vnd
from wallets.ledger import InsufficientFunds, Lot, NotReversible, plan_withdrawal
from wallets.models import CreditStatus, CreditUse, Transaction, TransactionType, VirtualCredit, Wallet

REVERSIBLE = frozenset(
    {TransactionType.DEPOSIT, TransactionType.WITHDRAW, TransactionType.VIRTUAL_DEBIT, TransactionType.ADJUSTMENT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A wallet as it can be spent at one moment: lots that ran out are no longer in it."""

    wallet: Wallet
    lots: Sequence[VirtualCredit]
    at: datetime

    @property
    def virtual_vnd(self) -> int:
        """What the lots hold together."""
        return sum(lot.remaining_vnd for lot in self.lots)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotEffect:
    """What becomes of one lot."""

    name: str
    expires_at: datetime
    before_vnd: int
    after_vnd: int
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Both balances before and after, the lots that change, and what else one should know."""

    real_before_vnd: int
    real_after_vnd: int
    virtual_before_vnd: int
    virtual_after_vnd: int
    lots: list[LotEffect] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def total_before_vnd(self) -> int:
        """Both kinds together, before."""
        return self.real_before_vnd + self.virtual_before_vnd

    @property
    def total_after_vnd(self) -> int:
        """Both kinds together, after."""
        return self.real_after_vnd + self.virtual_after_vnd


def held_now(wallet: Wallet) -> Held:
    """Return the wallet with the lots that can be spent now. One query."""
    now = timezone.now()
    live = VirtualCredit.objects.filter(wallet=wallet, status=CreditStatus.ACTIVE, expires_at__gt=now)
    return Held(wallet=wallet, lots=list(live.order_by("expires_at", "id")), at=now)


def of_real(held: Held, change_vnd: int) -> Effect:
    """Return the effect of real money coming or going.

    Raises:
        InsufficientFunds: there is less than is to be taken.
    """
    return _effect(held, real_vnd=change_vnd)


def of_withdrawal(held: Held, amount_vnd: int) -> Effect:
    """Return which lots give how much, and how much real money is taken.

    Raises:
        InsufficientFunds: together they hold less.
    """
    if held.wallet.real_vnd + held.virtual_vnd < amount_vnd:
        raise _insufficient(held.wallet.real_vnd + held.virtual_vnd, amount_vnd)
    lots = [Lot(id=lot.pk, remaining_vnd=lot.remaining_vnd, expires_at=lot.expires_at) for lot in held.lots]
    plan = plan_withdrawal(amount_vnd=amount_vnd, real_vnd=held.wallet.real_vnd, lots=lots, at=held.at)
    by_id = {lot.pk: lot for lot in held.lots}
    taken = [
        _lot_effect(by_id[lot_id], before_vnd=by_id[lot_id].remaining_vnd, change_vnd=-taken_vnd)
        for lot_id, taken_vnd in plan.uses
    ]
    return _effect(held, real_vnd=-plan.real_vnd, virtual_vnd=-plan.virtual_vnd, lots=taken)


def of_credit(held: Held, amount_vnd: int, days: int) -> Effect:
    """Return the effect of a new lot."""
    ends = held.at + timedelta(days=days)
    lot = LotEffect(name=_("New lot"), expires_at=ends, before_vnd=0, after_vnd=amount_vnd)
    return _effect(held, virtual_vnd=amount_vnd, lots=[lot])


def of_cancelling(held: Held, lot: VirtualCredit) -> Effect:
    """Return the effect of taking a lot back.

    Raises:
        NotReversible: some of it was spent, or it has ended.
    """
    if lot.status != CreditStatus.ACTIVE or lot.remaining_vnd < lot.original_vnd or lot.expires_at <= held.at:
        raise NotReversible(f"credit {lot.pk} was touched or has ended")
    gone = _lot_effect(lot, before_vnd=lot.remaining_vnd, change_vnd=-lot.remaining_vnd)
    return _effect(held, virtual_vnd=-lot.remaining_vnd, lots=[gone])


def of_reversal(held: Held, row: Transaction) -> Effect:
    """Return the effect of posting a row back: the same lots are refilled, ended ones live again for a while.

    Raises:
        NotReversible: the row is of a kind that is not posted back, or was posted back already.
        InsufficientFunds: the money is no longer there.
    """
    if row.type not in REVERSIBLE or Transaction.objects.filter(reverses=row).exists():
        raise NotReversible(f"a {row.type} is not taken back by a reversal")
    uses = CreditUse.objects.filter(transaction=row).select_related("credit").order_by("credit__expires_at", "credit")
    refilled = [_refilled(use, held.at) for use in uses]
    return _effect(
        held,
        real_vnd=row.real_before_vnd - row.real_after_vnd,
        virtual_vnd=row.virtual_before_vnd - row.virtual_after_vnd,
        lots=refilled,
        remarks=_other_half(row),
    )


def of_release(held: Held, rows: Sequence[Transaction]) -> Effect:
    """Return the effect of posting back together what an order took; rows that were taken back already stay so.

    Raises:
        NotReversible: all of them were.
    """
    left = [row for row in rows if getattr(row, "reversed_by", None) is None]
    if not left:
        raise NotReversible("all of it was taken back already")
    effects = [of_reversal(held, row) for row in left]
    return _effect(
        held,
        real_vnd=sum(one.real_after_vnd - one.real_before_vnd for one in effects),
        virtual_vnd=sum(one.virtual_after_vnd - one.virtual_before_vnd for one in effects),
        lots=[lot for one in effects for lot in one.lots],
        remarks=[
            _("Row no. %(number)s was taken back already; it stays as it is.") % {"number": row.sequence}
            for row in rows
            if row not in left
        ],
    )


def _refilled(use: CreditUse, now: datetime) -> LotEffect:
    lot = use.credit
    if lot.expires_at > now:
        return _lot_effect(lot, before_vnd=lot.remaining_vnd, change_vnd=use.amount_vnd)
    until = now + timedelta(days=settings.CREDIT_GRACE_DAYS)
    return LotEffect(
        name=lot_name(lot),
        expires_at=until,
        before_vnd=0,
        after_vnd=use.amount_vnd,
        remark=_("It ended on %(then)s; it lives again until %(until)s.")
        % {"then": moment(lot.expires_at), "until": moment(until)},
    )


def _other_half(row: Transaction) -> list[str]:
    """A spend of both kinds is two rows under one key: say that the other one stays."""
    others = Transaction.objects.filter(wallet=row.wallet_id, key=row.key).exclude(pk=row.pk)
    return [
        _("The same withdrawal also has row no. %(number)s (%(amount)s). It stays until you take it back as well.")
        % {"number": other.sequence, "amount": vnd(other.amount_vnd)}
        for other in others.filter(reversed_by=None)
    ]


def lot_name(lot: VirtualCredit) -> str:
    """Return what a lot is called: why it was issued, and its ticket."""
    label = str(lot.get_source_type_display())
    return f"{label} · {lot.source_id}" if lot.source_id else label


def _lot_effect(lot: VirtualCredit, *, before_vnd: int, change_vnd: int) -> LotEffect:
    return LotEffect(
        name=lot_name(lot), expires_at=lot.expires_at, before_vnd=before_vnd, after_vnd=before_vnd + change_vnd
    )


def _effect(
    held: Held,
    *,
    real_vnd: int = 0,
    virtual_vnd: int = 0,
    lots: list[LotEffect] | None = None,
    remarks: list[str] | None = None,
) -> Effect:
    before = held.wallet.real_vnd
    if before + real_vnd < 0:
        raise _insufficient(before, -real_vnd)
    return Effect(
        real_before_vnd=before,
        real_after_vnd=before + real_vnd,
        virtual_before_vnd=held.virtual_vnd,
        virtual_after_vnd=held.virtual_vnd + virtual_vnd,
        lots=lots or [],
        remarks=remarks or [],
    )


def _insufficient(available_vnd: int, required_vnd: int) -> InsufficientFunds:
    return InsufficientFunds(
        f"Insufficient balance. Available: {available_vnd}, Required: {required_vnd}",
        current_balance=vnd(available_vnd),
        required_amount=vnd(required_vnd),
    )
