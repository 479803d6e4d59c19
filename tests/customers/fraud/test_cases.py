"""Cases: opened once, decided by people, and what that does to the customer's tier."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from customers.fraud import cases, rules
from customers.fraud.config import active_thresholds, ensure_seed
from customers.fraud.engine import sweep
from customers.fraud.return_rate import RETURN_RATE
from customers.models import Customer, FraudCase, FraudMute, FraudWatch, TierChange
from customers.rfm.scoring import recalculate
from customers.tasks import detect_fraud
from n2store.models import Event, JobRun
from n2store.roles import Caller, Role
from tests.customers.fraud.test_return_rate import PHONE, back
from tests.factories.orders import NOON, order, taken
from tests.threads import at_once

OWNER = Caller(name="chu", roles=frozenset({Role.OWNER}))
TOMORROW = NOON + timedelta(days=1)


def suspect(tier: str = "gold", *, phone: str = PHONE, returned: float = 0.6) -> Customer:
    """Return a customer of that tier whom the rule hits in the next night."""
    taken(*(back(f"{phone}-{n}", ordered=max(5, returned + 1), returned=returned, phone=phone) for n in range(2)))
    Customer.objects.filter(phone=phone).update(tier=tier)
    return Customer.objects.get(phone=phone)


def night(at: Any = NOON) -> list[FraudCase]:
    FraudWatch.objects.get_or_create(rule="return_rate", defaults={"until": at - timedelta(days=1)})
    return sweep(RETURN_RATE, now=at)


def tier() -> str:
    return Customer.objects.get(phone=PHONE).tier


@pytest.mark.django_db
def test_a_hit_is_a_case_and_the_customer_is_blacklisted() -> None:
    customer = suspect()

    [case] = night()

    assert (case.customer, case.status, case.severity, case.flag, case.tier_before) == (
        customer, "open", "HIGH", "high-returns", "gold",
    )  # fmt: skip
    assert (case.evidence["orders"], case.config) == (2, active_thresholds(RETURN_RATE))
    assert tier() == "blacklist"
    assert TierChange.objects.latest("id").cause == "fraud"
    assert {"fraud.case_opened", "customer.tier_changed"} <= set(Event.objects.values_list("name", flat=True))


@pytest.mark.django_db
def test_the_next_nights_open_no_second_case() -> None:
    suspect()
    night()

    assert [night(NOON + timedelta(days=days)) for days in (1, 2, 3)] == [[], [], []]
    assert night(NOON - timedelta(days=9)) == []  # A clock that jumps back.


@pytest.mark.django_db
def test_without_the_automatic_a_person_confirms_first(settings: Any) -> None:
    settings.FRAUD_AUTO_BLACKLIST = False
    suspect()
    [case] = night()
    waiting = tier()

    confirmed = cases.confirm(caller=OWNER, case_id=case.pk)

    assert (waiting, tier(), confirmed.status, confirmed.decided_by) == ("gold", "blacklist", "confirmed", "chu")


@pytest.mark.django_db
def test_overturning_restores_the_tier_and_the_same_facts_are_not_judged_again() -> None:
    suspect()
    [case] = night()

    cases.overturn(caller=OWNER, case_id=case.pk, reason="Hàng lỗi do shop")

    assert (tier(), TierChange.objects.latest("id").cause) == ("gold", "overturned")
    assert night(TOMORROW) == []
    taken(back("again", ordered=5, returned=-0.5), now=TOMORROW)
    assert len(night(NOON + timedelta(days=2))) == 1


@pytest.mark.django_db
def test_a_confirmed_case_may_be_overturned_and_an_overturned_one_is_closed() -> None:
    suspect("platinum")
    [case] = night()
    cases.confirm(caller=OWNER, case_id=case.pk)
    cases.overturn(caller=OWNER, case_id=case.pk, reason="nhầm")

    assert tier() == "platinum"
    for again in (cases.confirm, cases.overturn):
        with pytest.raises(cases.CaseDecided):
            again(caller=OWNER, case_id=case.pk, reason="x")


@pytest.mark.django_db
def test_a_muted_customer_is_left_alone_until_the_day_is_over() -> None:
    suspect()
    [case] = night()

    cases.mute(
        caller=OWNER, case_id=case.pk, until=timezone.now().date() + timedelta(days=2), reason="đang thương lượng"
    )

    assert (tier(), FraudMute.objects.get().rule) == ("gold", "return_rate")
    taken(back("again", ordered=5, returned=-0.5), now=TOMORROW)
    assert night(NOON + timedelta(days=2)) == []
    FraudMute.objects.update(until=NOON)
    assert len(night(NOON + timedelta(days=3))) == 1


@pytest.mark.django_db
def test_scores_do_not_lift_the_blacklist_of_a_case() -> None:
    """W36."""
    suspect()
    night()

    recalculate(by="night", at=NOON + timedelta(days=60))

    assert tier() == "blacklist"


@pytest.mark.django_db
def test_somebody_blacklisted_by_hand_stays_so_when_a_case_is_overturned() -> None:
    suspect("blacklist")
    [case] = night()
    cases.overturn(caller=OWNER, case_id=case.pk, reason="nhầm")

    assert (case.tier_before, tier()) == ("", "blacklist")


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.CUSTOMER_CARE, Role.WAREHOUSE, Role.VIEWER])
def test_owner_and_accountant_decide(role: Role) -> None:
    suspect()
    [case] = night()

    with pytest.raises(cases.MayNotDecide):
        cases.overturn(caller=Caller(name="x", roles=frozenset({role})), case_id=case.pk, reason="x")
    assert tier() == "blacklist"


@pytest.mark.django_db
@pytest.mark.parametrize("until", [date(2020, 1, 1), date(2999, 1, 1)])
def test_a_mute_lies_ahead_within_years(until: date) -> None:
    suspect()
    [case] = night()

    with pytest.raises(cases.InvalidUntil):
        cases.mute(caller=OWNER, case_id=case.pk, until=until, reason="x")
    assert (tier(), FraudMute.objects.count()) == ("blacklist", 0)


@pytest.mark.django_db
def test_three_nights_without_a_run_are_made_up_for() -> None:
    suspect(returned=6)  # Three nights later it is out of the week.
    night(NOON - timedelta(days=6.5))
    missed = night(NOON + timedelta(days=3))

    assert [case.hit_at < NOON for case in missed] == [True]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_open_one_case() -> None:
    suspect()
    FraudWatch.objects.create(rule="return_rate", until=NOON - timedelta(days=1))

    opened = at_once(lambda _: len(sweep(RETURN_RATE, now=NOON)), range(6))

    assert (sum(opened), FraudCase.objects.count(), TierChange.objects.filter(after="blacklist").count()) == (1, 1, 1)


@pytest.mark.django_db
def test_a_rule_that_fails_keeps_no_other_from_running(monkeypatch: pytest.MonkeyPatch) -> None:
    suspect(returned=0.1)
    broken = replace(
        RETURN_RATE,
        name="a_broken_rule",
        statement="SELECT 1 / (SELECT 0) AS customer_id, now() AS hit_at, now() AS fact_at, '{}'::jsonb AS evidence",
    )
    monkeypatch.setattr(rules, "_rules", {broken.name: broken, RETURN_RATE.name: RETURN_RATE})
    ensure_seed()

    assert detect_fraud() == 1

    run = JobRun.objects.get()
    assert (run.examined, run.changed, run.skipped) == (2, 1, 1)
    assert "a_broken_rule: " in run.error
    assert not FraudWatch.objects.filter(rule="a_broken_rule").exists()


@pytest.mark.django_db
def test_the_nightly_job_runs_every_rule_and_leaves_a_row() -> None:
    suspect(returned=0.1)
    taken(order("other", phone="0387654321"))

    assert detect_fraud() == 1
    assert detect_fraud() == 0

    assert list(JobRun.objects.order_by("pk").values_list("job", "examined", "changed", "error")) == [
        ("detect-fraud", 3, 1, ""), ("detect-fraud", 3, 0, ""),
    ]  # fmt: skip
