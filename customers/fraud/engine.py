"""Running rules: over what is new since the last run, which opens cases, or over any past, which only tells.

Both run the same statement of the same rule. A run that did not take place is made up for: a rule looks from where it
stopped, night by night, so that three days of outage end in the same cases.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from customers.events import FraudCaseOpened
from customers.fraud.config import active_thresholds
from customers.fraud.rules import Rule
from customers.models import STANDING, CaseStatus, Customer, FraudCase, FraudConfig, FraudWatch, Tier, TierCause
from customers.operations import update_profile
from n2store import audit
from n2store.clock import VIETNAM
from n2store.events import publish

NIGHT = time(2)
"""When the rules look each night, in Vietnam."""
TIMEOUT_MS = 5 * 60_000
BY = "fraud"

NEW_HITS = """
    SELECT DISTINCT ON (hit.customer_id) hit.customer_id, hit.hit_at, hit.fact_at, hit.evidence
    FROM ({statement}) hit
    WHERE NOT EXISTS (
            SELECT FROM customers_fraudcase known WHERE known.customer_id = hit.customer_id AND known.rule = %(rule)s
                AND (known.status = ANY(%(standing)s) OR known.fact_at >= hit.fact_at)
        ) AND NOT EXISTS (
            SELECT FROM customers_fraudmute mute WHERE mute.customer_id = hit.customer_id
                AND mute.rule IN ('', %(rule)s) AND mute.until >= hit.fact_at
        )
    ORDER BY hit.customer_id, hit.hit_at
"""
"""A case that stands is enough, and what a person judged or muted is not judged again: a hit needs a newer fact."""
FIRST_HITS = """
    SELECT DISTINCT ON (hit.customer_id) hit.customer_id, customer.phone, customer.name, hit.hit_at, hit.evidence,
           count(*) OVER (PARTITION BY hit.customer_id)
    FROM ({statement}) hit JOIN customers_customer customer ON customer.id = hit.customer_id
    ORDER BY hit.customer_id, hit.hit_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Whom a rule would have hit, when first, how often, and by what."""

    customer_id: int
    phone: str
    name: str
    at: datetime
    times: int
    evidence: Mapping[str, Any]


@transaction.atomic
def sweep(rule: Rule, *, now: datetime) -> list[FraudCase]:
    """Open a case for each customer the rule hits between its last run and `now`; return the cases.

    Runs at once wait for each other. A first run looks back one day. A watch that stands ahead of `now` was set by a
    clock that ran fast: it is put right, so that nothing in between is passed over.
    """
    FraudWatch.objects.get_or_create(rule=rule.name, defaults={"until": now - timedelta(days=1)})
    watch = FraudWatch.objects.select_for_update().get(rule=rule.name)
    if watch.until >= now:
        FraudWatch.objects.filter(pk=watch.pk).update(until=now)
        return []
    config = active_thresholds(rule)
    cases = [_open_case(rule, config, row) for row in _new_hits(rule, config, since=watch.until, until=now)]
    watch.until = now
    watch.save(update_fields=["until"])
    return cases


@transaction.atomic
def rehearse_sweep(rule: Rule, *, now: datetime) -> list[int]:
    """Return for which customers a sweep at `now` would open a case; nothing is written."""
    watch = FraudWatch.objects.filter(rule=rule.name).first()
    since = watch.until if watch else now - timedelta(days=1)
    return [row[0] for row in _new_hits(rule, active_thresholds(rule), since=since, until=now)] if since < now else []


def backtest(
    rule: Rule, config: FraudConfig, *, since: datetime, until: datetime, timeout_ms: int = TIMEOUT_MS
) -> list[Hit]:
    """Return whom the rule would have hit with these thresholds, each at the first moment; nothing is written.

    What was known at a moment counts at that moment, and nothing later. Cases and mutes of today play no part.
    """
    with transaction.atomic():
        rows = _run(
            FIRST_HITS.format(statement=rule.statement), config, timeout_ms=timeout_ms,
            since=since, until=until, moments=nights(since, until),
        )  # fmt: skip
    hits = [
        Hit(customer_id=id, phone=phone, name=name, at=at, times=times, evidence=json.loads(evidence))
        for id, phone, name, at, evidence, times in rows
    ]
    return sorted(hits, key=lambda hit: (hit.at, hit.customer_id))


def nights(since: datetime, until: datetime) -> list[datetime]:
    """Return the moments after `since` up to `until` at which the rules look each night."""
    day = since.astimezone(VIETNAM).date()
    found: list[datetime] = []
    while (night := datetime.combine(day, NIGHT, tzinfo=VIETNAM)) <= until:
        if night > since:
            found.append(night)
        day += timedelta(days=1)
    return found


def _new_hits(rule: Rule, config: FraudConfig, *, since: datetime, until: datetime) -> list[tuple[Any, ...]]:
    return _run(
        NEW_HITS.format(statement=rule.statement), config, since=since, until=until,
        moments=[*nights(since, until), until], rule=rule.name, standing=list(STANDING),
    )  # fmt: skip


def _run(statement: str, config: FraudConfig, *, timeout_ms: int = TIMEOUT_MS, **given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {timeout_ms}")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(statement, config.thresholds | given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _open_case(rule: Rule, config: FraudConfig, row: tuple[Any, ...]) -> FraudCase:
    """Write the case down, announce it, and put the customer on the blacklist if that is what the rule is for."""
    customer_id, hit_at, fact_at, evidence = row
    customer = Customer.objects.select_for_update().get(pk=customer_id)  # Before the case refers to it.
    case = FraudCase.objects.create(
        customer=customer, rule=rule.name, config=config, severity=rule.severity, flag=rule.flag,
        evidence=json.loads(evidence), hit_at=hit_at, fact_at=fact_at,
    )  # fmt: skip
    audit.record(actor=BY, action="fraud.case.open", subject=f"customer:{customer_id}", after={"case": case.pk})
    if rule.blacklists and settings.FRAUD_AUTO_BLACKLIST:
        blacklist_for(case, by=BY, reason=f"{rule.name} v{config.version}")
    publish(
        FraudCaseOpened(
            case_id=case.pk, customer_id=customer_id, phone=customer.phone, rule=rule.name, severity=case.severity
        )
    )
    return case


def blacklist_for(case: FraudCase, *, by: str, reason: str) -> None:
    """Put the case's customer on the blacklist, and remember the tier of before; who is there already stays."""
    customer = Customer.objects.select_for_update().get(pk=case.customer_id)
    if customer.tier == Tier.BLACKLIST:
        return
    case.tier_before = customer.tier
    case.save(update_fields=["tier_before"])
    update_profile(
        customer_id=customer.pk, changes={"tier": Tier.BLACKLIST}, by=by, reason=reason, tier_cause=TierCause.FRAUD
    )


def standing_cases(customer_id: int) -> list[FraudCase]:
    """Return the cases that count against a customer, oldest first."""
    return list(FraudCase.objects.filter(customer=customer_id, status__in=STANDING).order_by("pk"))


def is_decided(case: FraudCase) -> bool:
    """Tell whether a person has said that there is nothing in it, or nothing to hear of for now."""
    return case.status in (CaseStatus.OVERTURNED, CaseStatus.MUTED)
