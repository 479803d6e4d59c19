"""Crediting a top-up by hand: one person saw the money at the bank, a second one agrees, both are kept."""

from django.db import transaction
from django.utils import timezone

from banking.authority import Right, require
from banking.desk.errors import SecondPersonNeeded
from banking.models import HandCreditStatus, PaymentSource, TopupHandCredit
from banking.payos import moving
from banking.payos.asking import found
from banking.payos.schema import REFERENCE_LENGTH_MAX, Paid
from n2store import audit
from n2store.errors import DomainError, NotFound
from n2store.roles import Caller
from n2store.wire import storable
from wallets.commands import ReasonRequired
from wallets.ledger import checked_amount


class InvalidBankReference(DomainError):
    """The bank's reference is needed: by it money counts once."""

    code = "INVALID_BANK_REFERENCE"


class HandCreditNotFound(NotFound):
    """Nobody asked for it, or it is settled."""

    code = "HAND_CREDIT_NOT_FOUND"


class HandCreditWaits(DomainError):
    """One at a time."""

    status, code = 409, "HAND_CREDIT_WAITS"


class HandCreditRefused(DomainError):
    """This transfer is in a wallet already, or another record of it says something else."""

    status, code = 409, "HAND_CREDIT_REFUSED"


@transaction.atomic
def ask(*, caller: Caller, topup_id: int, reference: str, amount_vnd: int, reason: str) -> TopupHandCredit:
    """Say that money came for a top-up; it moves when a second person agrees.

    Raises:
        MayNotHandle, TopupNotFound, InvalidAmount, InvalidBankReference, ReasonRequired, HandCreditWaits.
    """
    require(caller, Right.APPROVE)
    reference, reason = reference.strip(), reason.strip()
    checked_amount(amount_vnd)
    if not 0 < len(reference) <= REFERENCE_LENGTH_MAX or not storable(reference):
        raise InvalidBankReference("The bank's reference has 1 to 100 characters.")
    if not reason:
        raise ReasonRequired("A reason is required")
    topup = found(topup_id)
    if topup.hand_credits.select_for_update().filter(status=HandCreditStatus.WAITING).exists():
        raise HandCreditWaits("A credit by hand waits for a second person already.")
    asked = TopupHandCredit.objects.create(
        topup=topup, reference=reference, amount_vnd=amount_vnd, reason=reason, asked_by=caller.name,
        asked_at=timezone.now(), status=HandCreditStatus.WAITING,
    )  # fmt: skip
    _keep(asked, caller, "ask")
    return asked


@transaction.atomic
def confirm(*, caller: Caller, credit_id: int) -> TopupHandCredit:
    """Credit it. The bank's reference counts once, whoever tells of it.

    Raises:
        MayNotHandle, HandCreditNotFound.
        SecondPersonNeeded: the caller asked for it.
        HandCreditRefused: the transfer is known already, or its line belongs to somebody else.
    """
    require(caller, Right.APPROVE)
    asked = _waiting(credit_id)
    if asked.asked_by.casefold() == caller.name.casefold():
        raise SecondPersonNeeded("Another person must confirm this credit")
    paid = Paid(reference=asked.reference, amount_vnd=asked.amount_vnd, paid_at=asked.asked_at)
    taken = moving.credit(asked.topup, paid, source=PaymentSource.HAND, by=caller.name)
    if taken.outcome != "credited":
        raise HandCreditRefused(f"The transfer is not credited: {taken.reason or taken.outcome}")
    asked.status, asked.confirmed_by, asked.confirmed_at = HandCreditStatus.DONE, caller.name, timezone.now()
    asked.save(update_fields=["status", "confirmed_by", "confirmed_at"])
    _keep(asked, caller, "confirm")
    return asked


@transaction.atomic
def withdraw(*, caller: Caller, credit_id: int) -> TopupHandCredit:
    """Let it go; nothing was moved.

    Raises:
        MayNotHandle, HandCreditNotFound.
    """
    require(caller, Right.APPROVE)
    asked = _waiting(credit_id)
    asked.status = HandCreditStatus.WITHDRAWN
    asked.save(update_fields=["status"])
    _keep(asked, caller, "withdraw")
    return asked


def _waiting(credit_id: int) -> TopupHandCredit:
    waiting = TopupHandCredit.objects.select_for_update(of=("self",)).select_related("topup")
    asked = waiting.filter(pk=credit_id, status=HandCreditStatus.WAITING).first()
    if asked is None:
        raise HandCreditNotFound("Nobody asked for this credit, or it is settled.")
    return asked


def _keep(asked: TopupHandCredit, caller: Caller, what: str) -> None:
    audit.record(
        actor=caller.name,
        action=f"topup.hand_credit.{what}",
        subject=f"topup:{asked.topup_id}",
        after={"reference": asked.reference, "amount_vnd": asked.amount_vnd, "asked_by": asked.asked_by},
        detail=asked.reason,
    )
