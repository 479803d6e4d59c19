"""Everybody's scores in one statement: the same as pure Python says, written only where something changed."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from customers import blacklist
from customers.models import Customer, Order, RfmScore, RfmShare, TierChange
from customers.rfm.bands import SCORES
from customers.rfm.config import active_config, bands_of, change_band, change_windows
from customers.rfm.scoring import Move, recalculate, rehearse, segment_counts
from customers.rfm.segments import segment_of, tier_of
from customers.tasks import recalculate_rfm as nightly
from n2store.clock import vietnam_day
from n2store.models import Event, JobRun
from tests.factories.orders import NOON, days_ago, order, taken
from tests.threads import at_once

PHONE = "0909318264"


def aged(days: int = 400, phone: str = PHONE) -> Customer:
    """Let the customer of `phone` be so old."""
    Customer.objects.filter(phone=phone).update(created_at=NOON - timedelta(days=days))
    return Customer.objects.get(phone=phone)


def loyal(count: int = 12, total: int = 1_000_000, phone: str = PHONE) -> Customer:
    """Return an old customer with so many orders within the last days."""
    taken(*(order(f"{phone}-{n}", phone=phone, total=total, ordered_at=days_ago(1 + n)) for n in range(count)))
    return aged(phone=phone)


def tier_of_customer(phone: str = PHONE) -> str:
    return Customer.objects.get(phone=phone).tier


@pytest.mark.django_db
def test_a_good_customer_gets_scores_a_tier_and_the_reason_for_it() -> None:
    customer = loyal()

    done = recalculate(by="lan", at=NOON)

    score = RfmScore.objects.get()
    assert (score.recency, score.frequency, score.monetary, score.segment) == (5, 5, 5, "Champion")
    assert (score.orders, score.spent_vnd, score.last_purchase_at) == (12, 12_000_000, NOON - timedelta(days=1))
    assert done.moves == [Move("new", "platinum", 1)]
    change = TierChange.objects.get(customer=customer)
    assert (change.before, change.after, change.cause, change.reason, change.actor, change.config) == (
        "new", "platinum", "score", "R5 F5 M5", "lan", active_config(),
    )  # fmt: skip
    told = Event.objects.get(name="customer.tier_changed")  # W28: the old events were never loaded.
    assert told.payload == {"customer_id": customer.pk, "phone": PHONE, "before": "new", "after": "platinum"}


@pytest.mark.django_db
def test_who_never_bought_has_the_lowest_scores() -> None:
    taken(order(status="returned"))
    aged()

    recalculate(by="lan", at=NOON)

    score = RfmScore.objects.get()
    assert (score.recency, score.frequency, score.monetary, score.segment) == (1, 1, 1, "Lost")
    assert tier_of_customer() == "new"


@pytest.mark.django_db
def test_an_account_younger_than_thirty_days_is_new_whatever_the_score() -> None:
    loyal()
    aged(29)
    recalculate(by="lan", at=NOON)
    young = tier_of_customer()
    aged(30)
    recalculate(by="lan", at=NOON)

    assert (young, tier_of_customer()) == ("new", "platinum")


@pytest.mark.django_db
def test_the_blacklist_is_not_lifted_by_a_score() -> None:
    customer = loyal()
    blacklist.mark(customer_id=customer.pk, reason="Bom hàng ba lần", by="lan")

    assert recalculate(by="lan", at=NOON).moved == 0

    assert tier_of_customer() == "blacklist"
    assert [change.cause for change in TierChange.objects.filter(after="blacklist")] == ["person"]


@pytest.mark.django_db
def test_nine_million_and_a_half_dong_more_is_still_below_ten() -> None:
    """W21, acceptance check 23."""
    taken(order("A", total=9_999_999.50))
    taken(order("B", phone="0387654321", total=9_999_999))
    recalculate(by="lan", at=NOON)

    assert list(RfmScore.objects.values_list("monetary", flat=True)) == [4, 4]


@pytest.mark.django_db
def test_an_order_judges_its_customer_at_once() -> None:
    aged_customer = loyal(2, 400_000)
    recalculate(by="lan")
    before = RfmScore.objects.get(customer=aged_customer).total

    taken(order("more", total=50_000_000))

    assert RfmScore.objects.get(customer=aged_customer).total > before


@pytest.mark.django_db
def test_nothing_is_written_when_nothing_changed() -> None:
    loyal()
    taken(order("other", phone="0387654321"))
    recalculate(by="lan", at=NOON)

    def versions() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT xmin::text, ctid::text FROM customers_rfmscore UNION ALL"
                " SELECT xmin::text, ctid::text FROM customers_customer UNION ALL"
                " SELECT xmin::text, ctid::text FROM customers_rfmshare ORDER BY 1, 2"
            )
            return cursor.fetchall()

    before, events = versions(), Event.objects.count()
    done = recalculate(by="lan", at=NOON + timedelta(hours=3))

    assert (done.scores, done.moves, versions(), Event.objects.count()) == (0, [], before, events)


@pytest.mark.django_db
def test_everybody_is_as_many_statements_as_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """Acceptance check 25."""
    taken(*(order(f"A-{n}", phone=f"09{12_000_000 + n}") for n in range(300)))

    with django_assert_num_queries(5):  # Begin, the configuration, the limit, the statement, and the end.
        recalculate(by="lan", at=NOON + timedelta(days=40))

    assert RfmScore.objects.count() == 300


@pytest.mark.django_db
def test_a_rehearsal_with_a_draft_says_who_would_move_and_writes_nothing() -> None:
    loyal(3, 700_000)
    recalculate(by="lan", at=NOON)
    draft = change_band(metric="frequency", score=5, min_value=11, max_value=None, by="lan", activate=False)
    draft.bands.filter(metric="frequency").delete()
    for score, least in ((1, 0), (2, 1), (3, 2), (4, 3), (5, 4)):
        draft.bands.create(metric="frequency", score=score, min_value=least)
    draft.bands.filter(metric="monetary", score=3).update(min_value=2_200_000)
    before = tier_of_customer()

    lower = rehearse(config=draft, at=NOON + timedelta(days=70))

    assert (before, tier_of_customer(), active_config().version) == ("gold", "gold", 1)
    assert lower.moves == [Move("gold", "new", 1)]


@pytest.mark.django_db
def test_other_windows_count_other_orders() -> None:
    taken(*(order(f"A-{n}", total=3_000_000, ordered_at=days_ago(100 + n)) for n in range(6)))
    aged()
    recalculate(by="lan", at=NOON)
    before = RfmScore.objects.get()
    change_windows(windows={"frequency_days": 365, "monetary_days": 103}, by="lan")
    recalculate(by="lan", at=NOON)
    after = RfmScore.objects.get()

    assert (before.orders, before.spent_vnd, after.orders, after.spent_vnd) == (0, 18_000_000, 6, 12_000_000)


@pytest.mark.django_db
def test_percentiles_come_from_how_many_have_less() -> None:
    loyal()
    for n in range(3):
        taken(order(f"B-{n}", phone=f"038765432{n}", total=10_000, ordered_at=days_ago(300)))
    recalculate(by="lan", at=NOON)

    assert dict(RfmShare.objects.exclude(customers=0).values_list("total", "below")) == {3: 0, 15: 3}
    assert segment_counts() == {"Lost": 3, "Champion": 1}


def test_sql_and_python_name_the_same_segment_for_all_scores(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r, f, m, customers_rfm_segment(r, f, m) FROM generate_series(1, 5) r, generate_series(1, 5) f,"
            " generate_series(1, 5) m"
        )
        in_sql = {(r, f, m): name for r, f, m, name in cursor.fetchall()}

    assert in_sql == {scores: segment_of(*scores) for scores in product(SCORES, repeat=3)}


PURCHASES = st.lists(
    st.tuples(st.floats(0, 200), st.sampled_from([100_000, 500_000, 2_000_000, 5_000_000, 10_000_000]), st.booleans()),
    max_size=14,
)


class TheOracle(TestCase):
    """What one statement does for everybody, counted order by order."""

    @settings(max_examples=40)
    @given(st.lists(st.tuples(PURCHASES, st.integers(0, 60)), min_size=1, max_size=4), st.integers(0, 23))
    def test_sql_scores_as_python_does(self, shop: list[tuple[list[Any], int]], hour: int) -> None:
        at = NOON.replace(hour=hour)
        config = active_config()
        bands = bands_of(config)
        wanted = {}
        for number, (orders, age) in enumerate(shop):
            phone = f"091200000{number}"
            customer = Customer.objects.create(phone=phone, created_at=at - timedelta(days=age, hours=3))
            for n, (days, total, bought) in enumerate(orders):
                taken(
                    order(
                        f"{number}-{n}", phone=phone, total=total, status="delivered" if bought else "returned",
                        ordered_at=(at - timedelta(days=days)).isoformat(), updated_at=days_ago(0.5),
                    ),
                    now=NOON + timedelta(days=1),
                )  # fmt: skip
            wanted[customer.pk] = oracle(customer, bands, config.frequency_days, at)
        Customer.objects.update(tier="new")
        RfmScore.objects.all().delete()

        recalculate(by="test", at=at)

        scored = {
            row.customer_id: (row.recency, row.frequency, row.monetary, row.segment, row.customer.tier)
            for row in RfmScore.objects.select_related("customer")
        }
        assert scored == wanted


def oracle(customer: Customer, bands: Any, frequency_days: int, at: datetime) -> tuple[int, int, int, str, str]:
    bought = list(Order.objects.filter(customer=customer, status="delivered"))
    ages = [max((vietnam_day(at) - vietnam_day(one.ordered_at)).days, 0) for one in bought]
    r = bands["recency"].score_of(min(ages)) if ages else 1
    f = bands["frequency"].score_of(sum(age <= frequency_days for age in ages))
    m = bands["monetary"].score_of(sum(one.total_vnd for one in bought))
    young = (vietnam_day(at) - vietnam_day(customer.created_at)).days < 30
    return r, f, m, segment_of(r, f, m), tier_of(r + f + m, young=young, tier_now="new")[0]


@pytest.mark.django_db(transaction=True)
def test_two_recalculations_and_orders_at_once_end_like_one_after_the_other() -> None:
    for n in range(12):
        loyal(5, 900_000, phone=f"091200000{n}" if n < 10 else f"09120000{n}")
    Customer.objects.update(tier="silver")
    TierChange.objects.all().delete()

    def work(n: int) -> None:
        if n % 2:
            recalculate(by=f"job {n}", at=NOON)
        else:
            taken(*(order(f"new-{k}", phone=f"091200000{k}", total=100_000 * k) for k in range(9, 0, -1)), now=NOON)

    at_once(work, range(6))
    recalculate(by="last", at=NOON)

    kept = dict(RfmScore.objects.values_list("customer_id", "total"))
    RfmScore.objects.all().delete()
    recalculate(by="afresh", at=NOON)
    assert kept == dict(RfmScore.objects.values_list("customer_id", "total"))
    assert TierChange.objects.filter(before="silver").count() == Customer.objects.exclude(tier="silver").count()


@pytest.mark.django_db(transaction=True)
def test_somebody_put_on_the_blacklist_meanwhile_stays_there() -> None:
    customers = [loyal(12, phone=f"091200000{n}") for n in range(8)]
    Customer.objects.update(tier="silver")

    def work(n: int) -> None:
        if n:
            blacklist.mark(customer_id=customers[n].pk, reason="x", by="lan")
        else:
            recalculate(by="job", at=NOON)

    at_once(work, range(8))

    assert set(Customer.objects.exclude(pk=customers[0].pk).values_list("tier", flat=True)) == {"blacklist"}


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_change_bands_at_once_both_get_a_version() -> None:
    made = at_once(
        lambda score: change_band(metric="frequency", score=score, description=f"by {score}", by="x").version,
        [2, 3, 4, 5],
    )

    assert sorted(made) == [2, 3, 4, 5]
    words = dict(active_config().bands.filter(metric="frequency").values_list("score", "description"))
    assert [words[score] for score in (2, 3, 4, 5)] == ["by 2", "by 3", "by 4", "by 5"]


@pytest.mark.django_db
def test_the_night_makes_up_for_scores_that_were_not_written() -> None:
    loyal()
    RfmScore.objects.all().delete()  # As if the process had died between order and score.

    assert nightly() == 1
    run = JobRun.objects.get()
    assert (run.job, run.examined, run.changed, run.error) == ("recalculate-rfm", 1, 1, "")
