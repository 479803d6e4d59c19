"""What people make of a case: it is true, it is not, or it is not to be heard of until a day. Owner and accountant."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from customers import profile
from customers.blacklist import REASON_LENGTH_MAX, InvalidReason, ReasonMissing
from customers.events import FraudCaseDecided
from customers.fraud.engine import blacklist_for, is_decided, standing_cases
from customers.fraud.rules import rule_named
from customers.models import CaseStatus, Customer, FraudCase, FraudMute, Tier, TierCause
from customers.operations import update_profile
from n2store import audit
from n2store.clock import VIETNAM
from n2store.errors import DomainError, NotAllowed, NotFound
from n2store.events import publish
from n2store.roles import Caller, Role

DECIDERS = frozenset({Role.OWNER, Role.ACCOUNTANT})
MUTED_AT_MOST = timedelta(days=5 * 365)


class CaseNotFound(NotFound):
    """There is no such case."""

    code = "FRAUD_CASE_NOT_FOUND"


class CaseDecided(DomainError):
    """Somebody has decided the case already."""

    status, code = 409, "FRAUD_CASE_DECIDED"


class InvalidUntil(DomainError):
    """The day is past, or years away."""

    code = "INVALID_MUTE"


class MayNotDecide(NotAllowed):
    """Owner and accountant decide cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What a decision would do to the tier: `restores` is the one of before, `heir` a case that stands against it."""

    blacklists: bool
    restores: str
    heir: FraudCase | None


def effects(case: FraudCase) -> Effects:
    """Return what confirming and overturning a case that comes with its customer would do. One query."""
    listed = case.customer.tier == Tier.BLACKLIST
    restores = case.tier_before if listed else ""
    return Effects(
        blacklists=rule_named(case.rule).blacklists and not listed, restores=restores,
        heir=_heir(case) if restores else None,
    )  # fmt: skip


@transaction.atomic
def confirm(*, caller: Caller, case_id: int, reason: str = "") -> FraudCase:
    """Say that the case is true. Where the rule is for it, the customer is put on the blacklist now, if not before.

    Raises:
        MayNotDecide, CaseNotFound, CaseDecided, InvalidReason.
    """
    case = _locked(caller, case_id)
    if case.status != CaseStatus.OPEN:
        raise CaseDecided("The case is decided already")
    said = _said(reason, required=False)
    if rule_named(case.rule).blacklists:
        blacklist_for(case, by=caller.name, reason=said or case.rule)
    return _decide(case, CaseStatus.CONFIRMED, caller=caller, reason=said)


@transaction.atomic
def overturn(*, caller: Caller, case_id: int, reason: str) -> FraudCase:
    """Say that there is nothing in it: the customer has the tier of before again, unless another case stands.

    Raises:
        MayNotDecide, CaseNotFound, CaseDecided, ReasonMissing, InvalidReason.
    """
    case = _locked(caller, case_id)
    if is_decided(case):
        raise CaseDecided("The case is decided already")
    said = _said(reason)
    case = _decide(case, CaseStatus.OVERTURNED, caller=caller, reason=said)
    _restore(case, caller=caller, reason=said)
    return case


@transaction.atomic
def mute(*, caller: Caller, case_id: int, until: date, reason: str, all_rules: bool = False) -> FraudCase:
    """Put an open case aside, and let the rule (or all) be silent on this customer until the end of a day.

    The customer has the tier of before again, as when a case is overturned.

    Raises:
        MayNotDecide, CaseNotFound, CaseDecided, ReasonMissing, InvalidReason.
        InvalidUntil: the day is past or more than five years away.
    """
    case = _locked(caller, case_id)
    if case.status != CaseStatus.OPEN:
        raise CaseDecided("The case is decided already")
    said, ends = _said(reason), _end_of(until)
    FraudMute.objects.create(
        customer_id=case.customer_id, rule="" if all_rules else case.rule, until=ends, reason=said, actor=caller.name
    )
    case = _decide(case, CaseStatus.MUTED, caller=caller, reason=said)
    _restore(case, caller=caller, reason=said)
    return case


def _locked(caller: Caller, case_id: int) -> FraudCase:
    if not DECIDERS & caller.roles:
        raise MayNotDecide("Only owner and accountant decide fraud cases")
    case = FraudCase.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        raise CaseNotFound("There is no such case")
    Customer.objects.select_for_update().get(pk=case.customer_id)  # Before a mute refers to it.
    return case


def _decide(case: FraudCase, status: CaseStatus, *, caller: Caller, reason: str) -> FraudCase:
    before = case.status
    case.status, case.reason, case.decided_by, case.decided_at = status, reason, caller.name, timezone.now()
    case.save(update_fields=["status", "reason", "decided_by", "decided_at"])
    customer = Customer.objects.get(pk=case.customer_id)
    audit.record(
        actor=caller.name, action=f"fraud.case.{status}", subject=f"customer:{customer.pk}",
        before={"case": case.pk, "status": before}, after={"case": case.pk, "status": status.value}, detail=reason,
    )  # fmt: skip
    publish(
        FraudCaseDecided(
            case_id=case.pk, customer_id=customer.pk, phone=customer.phone, rule=case.rule, status=status.value
        )
    )
    return case


def _restore(case: FraudCase, *, caller: Caller, reason: str) -> None:
    """Give the customer the tier of before this case; another case that stands takes over what it remembers."""
    customer = Customer.objects.select_for_update().get(pk=case.customer_id)
    if not case.tier_before or customer.tier != Tier.BLACKLIST:
        return
    heir = _heir(case)
    if heir is not None:
        heir.tier_before = heir.tier_before or case.tier_before
        heir.save(update_fields=["tier_before"])
        return
    update_profile(
        customer_id=customer.pk, changes={"tier": case.tier_before}, by=caller.name, reason=reason,
        tier_cause=TierCause.OVERTURNED,
    )  # fmt: skip


def _heir(case: FraudCase) -> FraudCase | None:
    """Return another case that keeps the customer on the blacklist."""
    others = (other for other in standing_cases(case.customer_id) if other.pk != case.pk)
    return next((other for other in others if rule_named(other.rule).blacklists), None)


def _said(reason: str, *, required: bool = True) -> str:
    try:
        said = profile.clean_text("reason", reason, length_max=REASON_LENGTH_MAX)
    except profile.Faulty as fault:
        raise InvalidReason(str(fault)) from fault
    if required and not said:
        raise ReasonMissing("A reason is required")
    return said


def _end_of(day: date) -> datetime:
    ends = datetime.combine(day, time.min, tzinfo=VIETNAM) + timedelta(days=1)
    now = timezone.now()
    if not now < ends <= now + MUTED_AT_MOST:
        raise InvalidUntil("The day must lie ahead, by five years at most")
    return ends
