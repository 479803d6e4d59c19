"""Thresholds of the rules, versioned: made from the ones that count, tried as drafts, kept when retired."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from customers.blacklist import REASON_LENGTH_MAX, InvalidReason
from customers.fraud.rules import Rule, all_rules
from customers.models import ConfigStatus, FraudConfig
from n2store import audit
from n2store.errors import DomainError, NotFound


class InvalidThresholds(DomainError):
    """A threshold is unknown or out of range."""

    code = "INVALID_FRAUD_CONFIG"


class NoSuchThresholds(NotFound):
    """The rule has no such version."""

    code = "FRAUD_CONFIG_NOT_FOUND"


class NotADraft(DomainError):
    """The version counts, or has counted."""

    status, code = 409, "FRAUD_CONFIG_NOT_A_DRAFT"


def active_thresholds(rule: Rule) -> FraudConfig:
    """Return the version of a rule's thresholds that counts."""
    return FraudConfig.objects.get(rule=rule.name, status=ConfigStatus.ACTIVE)


def thresholds_named(rule: Rule, name: str) -> FraudConfig:
    """Return a version by its number, with or without a `v`; `active` and `draft` mean the newest of those.

    Raises:
        NoSuchThresholds: there is none.
    """
    versions = FraudConfig.objects.filter(rule=rule.name).order_by("-version")
    if name in (ConfigStatus.ACTIVE, ConfigStatus.DRAFT):
        found = versions.filter(status=name).first()
    else:
        number = name.removeprefix("v")
        valid = number.isascii() and number.isdigit() and len(number) < 10
        found = versions.filter(version=int(number)).first() if valid else None
    if found is None:
        raise NoSuchThresholds("There is no such version")
    return found


@transaction.atomic
def change_thresholds(rule: Rule, *, given: Mapping[str, object], by: str, activate: bool = True) -> FraudConfig:
    """Make a version with some other thresholds, and let it count at once unless it is to be a draft.

    Raises:
        InvalidThresholds: one of them is unknown or out of range, or none is given.
    """
    if not given:
        raise InvalidThresholds("thresholds are required")
    checked: dict[str, int] = {}
    for name, value in given.items():
        known = rule.thresholds.get(name)
        if known is None:
            raise InvalidThresholds(f"{name[:40]!r} is no threshold of {rule.name}")
        if type(value) is not int or not known.least <= value <= known.most:
            raise InvalidThresholds(f"{name} must be a whole number from {known.least:,} to {known.most:,}")
        checked[name] = value
    _one_at_a_time()
    old = active_thresholds(rule)
    newest: int = FraudConfig.objects.filter(rule=rule.name).aggregate(newest=Max("version"))["newest"]
    made = FraudConfig.objects.create(
        rule=rule.name, version=newest + 1, thresholds=old.thresholds | checked, author=by
    )
    audit.record(
        actor=by, action="fraud.config.draft", subject=f"fraud_config:{rule.name}:{made.version}",
        before=old.thresholds, after=made.thresholds,
    )  # fmt: skip
    if activate:
        _let_count(made, by=by)
    made.refresh_from_db()
    return made


@transaction.atomic
def activate_thresholds(rule: Rule, *, version: str, by: str, reason: str = "") -> FraudConfig:
    """Let a draft count from now on.

    Raises:
        NoSuchThresholds: there is none.
        NotADraft: it counts or has counted.
        InvalidReason: the reason is too long, or no text.
    """
    if len(reason) > REASON_LENGTH_MAX or "\0" in reason:
        raise InvalidReason(f"reason must be a text of at most {REASON_LENGTH_MAX} characters")
    _one_at_a_time()
    config = thresholds_named(rule, version)
    if config.status != ConfigStatus.DRAFT:
        raise NotADraft("Only a draft can be activated")
    _let_count(config, by=by, reason=reason.strip())
    return config


def ensure_seed() -> None:
    """Write down each rule's defaults as version 1, unless the rule has a version already."""
    with transaction.atomic():
        _one_at_a_time()
        known = set(FraudConfig.objects.values_list("rule", flat=True))
        FraudConfig.objects.bulk_create(
            FraudConfig(
                rule=rule.name, version=1, status=ConfigStatus.ACTIVE, author="seed", activated_at=timezone.now(),
                thresholds={name: threshold.default for name, threshold in rule.thresholds.items()},
            )
            for rule in all_rules()
            if rule.name not in known
        )  # fmt: skip


def _let_count(config: FraudConfig, *, by: str, reason: str = "") -> None:
    FraudConfig.objects.filter(rule=config.rule, status=ConfigStatus.ACTIVE).update(status=ConfigStatus.RETIRED)
    config.status, config.activated_at = ConfigStatus.ACTIVE, timezone.now()
    config.activated_by, config.reason = by, reason
    config.save(update_fields=["status", "activated_at", "activated_by", "reason"])
    audit.record(
        actor=by, action="fraud.config.activate", subject=f"fraud_config:{config.rule}:{config.version}", detail=reason
    )


def _one_at_a_time() -> None:
    """Wait for whoever changes thresholds at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers_fraud_config'))")
