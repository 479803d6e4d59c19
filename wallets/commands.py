"""What people order: each command is checked, carried out once and answered, in one round trip to the database.

A command is known again by the key its sender chose (`Idempotency-Key`). Without a key, one that names an order, a
ticket or another reference is known by that; any other by its content, for `settings.IDEMPOTENCY_WINDOW_S`, so that an
old page which repeats a request does not move money twice. See ADR 9.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from customers.phones import canonical_phone, looks_like_phone
from customers.queries import CustomerNotFound
from n2store.errors import DomainError, NotFound
from n2store.idempotency import checked_key
from n2store.roles import Caller
from n2store.wire import storable
from wallets.authority import Action, require, require_right
from wallets.calls import call
from wallets.ledger import InvalidAmount, checked_amount
from wallets.models import CreditSource, Source, Transaction, VirtualCredit

CREDIT_DAYS_MAX = 365
REFERENCE_LENGTH_MAX = 80
NOTE_LENGTH_MAX = 2_000
CREDIT_NOTE = "Cấp công nợ ảo"
"""What a lot says that was issued without a note."""
BY_HAND = "MANUAL"
"""What the old pages write for a withdrawal without an order."""
_ID_DIGITS_MAX = 18


class ReasonRequired(DomainError):
    """A correction says why."""

    code = "REASON_REQUIRED"


class InvalidText(DomainError):
    """A note or reference is too long, or holds characters that are no text."""

    code = "INVALID_TEXT"


class InvalidExpiry(DomainError):
    """Credit lives 1 to `CREDIT_DAYS_MAX` days."""

    code = "INVALID_EXPIRY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose wallet: a customer by our id or by canonical phone."""

    customer_id: int | None = None
    phone: str | None = None

    @classmethod
    def of(cls, identifier: str) -> Self:
        """Read what a URL says: a phone in any spelling if it looks like one, otherwise our id.

        Raises:
            InvalidPhone: it looks like a phone and is none.
            CustomerNotFound: it is neither.
        """
        if looks_like_phone(identifier):
            return cls(phone=canonical_phone(identifier))
        if identifier.isascii() and identifier.isdigit() and len(identifier) <= _ID_DIGITS_MAX:
            return cls(customer_id=int(identifier))
        raise CustomerNotFound("Customer not found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command did: ids, amounts and the balances before and after. `replayed` for one that was known."""

    data: dict[str, Any]
    replayed: bool


def deposit(
    *,
    caller: Caller,
    owner: Owner,
    amount_vnd: int,
    key: str | None = None,
    source: Source = Source.MANUAL_ADJUSTMENT,
    reference_id: str = "",
    note: str = "",
) -> Answer:
    """Put real money into a wallet.

    Raises:
        MayNot, AboveOwnLimit, AmountExceedsLimit, InvalidAmount, InvalidKey, KeyReused, CustomerNotFound.
    """
    require(caller, Action.DEPOSIT, amount_vnd)
    reference = ("manual", reference_id) if reference_id else ("", "")
    return _Order(caller, Action.DEPOSIT, owner, amount_vnd, key, reference, note or "Nạp tiền thủ công").carry_out(
        source=source, derived=f"{source}:{reference_id}" if reference_id else None
    )


def withdraw(
    *, caller: Caller, owner: Owner, amount_vnd: int, key: str | None = None, order_id: str = "", note: str = ""
) -> Answer:
    """Spend from a wallet: by hand, or for an order, which is paid once whichever door is used.

    Raises:
        MayNot, AboveOwnLimit, AmountExceedsLimit, InvalidAmount, InvalidKey, KeyReused, CustomerNotFound.
        InsufficientFunds: the wallet holds less.
        Blacklisted: nothing is sold to this customer.
        OrderCancelled: the order was cancelled, or its money was given back.
    """
    for_order = order_id not in ("", BY_HAND)
    action = Action.PAY_ORDER if for_order else Action.WITHDRAW
    require(caller, action, amount_vnd)
    reference = ("order", order_id) if for_order else ("manual", "")
    note = note or (f"Thanh toán đơn hàng #{order_id}" if for_order else "Rút tiền thủ công")
    return _Order(caller, action, owner, amount_vnd, key, reference, note).carry_out(
        derived=order_id if for_order else None
    )


def issue_credit(
    *,
    caller: Caller,
    owner: Owner,
    amount_vnd: int,
    key: str | None = None,
    source_type: CreditSource = CreditSource.COMPENSATION,
    source_id: str = "",
    expiry_days: int | None = None,
    note: str = "",
) -> Answer:
    """Issue a lot of virtual credit that lives `expiry_days`, by default `settings.VIRTUAL_CREDIT_DAYS`.

    Raises:
        MayNot, AboveOwnLimit, AmountExceedsLimit, InvalidAmount, InvalidKey, KeyReused, CustomerNotFound, Blacklisted.
        InvalidExpiry: `expiry_days` is out of range.
        CompensatedAlready: `source_id` names a ticket or an order that was compensated.
    """
    require(caller, Action.ISSUE_CREDIT, amount_vnd)
    days = settings.VIRTUAL_CREDIT_DAYS if expiry_days is None else expiry_days
    if type(days) is not int or not 1 <= days <= CREDIT_DAYS_MAX:
        raise InvalidExpiry(f"expiry_days must be a whole number from 1 to {CREDIT_DAYS_MAX}")
    reference = ("ticket", source_id) if source_id else ("", "")
    order = _Order(caller, Action.ISSUE_CREDIT, owner, amount_vnd, key, reference, note or CREDIT_NOTE)
    derived = f"{source_type}:{source_id}" if source_id else None
    return order.carry_out(source=source_type, derived=derived, lives=timedelta(days=days))


def adjust(*, caller: Caller, owner: Owner, amount_vnd: int, reason: str, key: str | None = None) -> Answer:
    """Correct real money by hand, up or (below zero) down, with a reason.

    Raises:
        MayNot, AboveOwnLimit, AmountExceedsLimit, InvalidAmount, InvalidKey, KeyReused, CustomerNotFound.
        InsufficientFunds: there is less real money than is to be taken.
        ReasonRequired: `reason` is empty.
    """
    if type(amount_vnd) is not int:
        raise InvalidAmount("The amount must be a whole number of dong.")
    require(caller, Action.ADJUST, abs(amount_vnd))
    order = _Order(caller, Action.ADJUST, owner, amount_vnd, key, ("", ""), _given(reason))
    return order.carry_out()


def reverse(*, caller: Caller, transaction_id: int, reason: str, key: str | None = None) -> Answer:
    """Take a row back, at most once; a repeat answers with the first reversal.

    Raises:
        MayNot, AboveOwnLimit, AmountExceedsLimit, ReasonRequired.
        NotFound: there is no such row.
        NotReversible, InsufficientFunds: see `operations.reverse`.
    """
    require_right(caller, Action.REVERSE)
    amount_vnd = Transaction.objects.filter(pk=transaction_id).values_list("amount_vnd", flat=True).first()
    if amount_vnd is None:
        raise NotFound("Transaction not found")
    require(caller, Action.REVERSE, abs(amount_vnd))
    order = _Order(caller, Action.REVERSE, Owner(), -amount_vnd, key, ("", ""), _given(reason), transaction_id)
    return order.carry_out(lives=timedelta(days=settings.CREDIT_GRACE_DAYS))


def cancel_credit(*, caller: Caller, credit_id: int, reason: str, key: str | None = None) -> Answer:
    """Take an untouched lot back; a repeat answers with the first time.

    Raises:
        MayNot, AboveOwnLimit, AmountExceedsLimit, ReasonRequired.
        NotFound: there is no such lot.
        NotReversible: some of it was spent, or it has ended already.
    """
    require_right(caller, Action.CANCEL_CREDIT)
    amount_vnd = VirtualCredit.objects.filter(pk=credit_id).values_list("original_vnd", flat=True).first()
    if amount_vnd is None:
        raise NotFound("Credit not found")
    require(caller, Action.CANCEL_CREDIT, amount_vnd)
    return _Order(
        caller, Action.CANCEL_CREDIT, Owner(), -amount_vnd, key, ("", ""), _given(reason), credit_id
    ).carry_out()


@dataclass(frozen=True, slots=True)
class _Order:
    """A command on its way: checked texts, and what it is known by."""

    caller: Caller
    action: Action
    owner: Owner
    amount_vnd: int
    key: str | None
    reference: tuple[str, str]
    note: str
    target_id: int | None = None

    def carry_out(self, *, source: str = "", derived: str | None = None, lives: timedelta | None = None) -> Answer:
        """Call the database; `derived` is what the command is known by if its sender gave no key."""
        checked_amount(abs(self.amount_vnd))
        for text, longest in ((self.note, NOTE_LENGTH_MAX), (self.reference[1], REFERENCE_LENGTH_MAX)):
            if len(text) > longest or not storable(text):
                raise InvalidText(f"A text is longer than {longest} characters, or no text")
        checked_key(self.key)
        at = timezone.now()
        arguments = [
            self.action, self.owner.customer_id, self.owner.phone, self.target_id, self.amount_vnd,
            self.key, self._fingerprint(source, lives), self._known_since(at, derived), self._ledger_key(derived),
            source, *self.reference, self.note, self.caller.name, at, at + (lives or timedelta()),
        ]  # fmt: skip
        answer, replayed = call("wallets_command", arguments, returning=["answer", "replayed"])
        return Answer(data=answer if isinstance(answer, dict) else json.loads(answer), replayed=replayed)

    def _ledger_key(self, derived: str | None) -> str:
        """Return the key of the posted rows. An order is paid once for each customer, whatever else is said."""
        if self.action is Action.PAY_ORDER:
            return f"order:{derived}"
        if self.key is not None:
            return f"key:{self.key}"
        return f"{self.action}:{derived or uuid4().hex}"

    def _known_since(self, at: datetime, derived: str | None) -> datetime:
        """Return since when the same content without a key is the same command."""
        window = timedelta(seconds=settings.IDEMPOTENCY_WINDOW_S)
        return at - (window if derived is None else timedelta(days=36_500))

    def _fingerprint(self, source: str, lives: timedelta | None) -> str:
        """Return what tells this content, from this person, from any other."""
        content = [
            self.caller.name, self.action, self.owner.customer_id, self.owner.phone, self.target_id, self.amount_vnd,
            source, *self.reference, self.note, lives.days if lives else None,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _given(reason: str) -> str:
    """Return the reason without the space around it.

    Raises:
        ReasonRequired: nothing is left.
    """
    if not reason.strip():
        raise ReasonRequired("A reason is required")
    return reason.strip()
