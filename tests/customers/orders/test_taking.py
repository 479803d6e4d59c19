"""Orders come in once, the newest word counts, and a customer's figures are always what a recount says."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from customers.models import Activity, Customer, Order, OrderStats
from customers.orders.queries import wrong_figures
from customers.orders.taking import InvalidOrders
from n2store.models import Event
from tests.factories.orders import NOON, PHONE, days_ago, order, taken
from tests.threads import at_once


def figures() -> OrderStats:
    return OrderStats.objects.get(customer__phone=PHONE)


@pytest.mark.django_db
def test_an_order_makes_the_customer_and_fills_the_figures() -> None:
    """W26: in the old system no order was ever counted."""
    done = taken(order("A"), order("B", total=150_000, status="returned"), order("C", status="cancelled"))

    stats = figures()
    assert [row["outcome"] for row in done.rows] == ["created"] * 3
    assert Customer.objects.get().name == "Chị Hoa"
    assert (stats.total_orders, stats.successful_orders, stats.returned_orders, stats.cancelled_orders) == (2, 1, 1, 1)
    assert (stats.total_spent_vnd, stats.return_rate_bp) == (350_000, 5_000)
    assert stats.last_order_at == NOON - timedelta(days=3)
    assert wrong_figures() == []


@pytest.mark.django_db
def test_the_same_again_changes_nothing() -> None:
    taken(order("A"))
    before = Order.objects.values().get()

    assert taken(order("A")).rows == [{"row": 1, "code": "A", "outcome": "unchanged"}]

    assert Order.objects.values().get() == before
    assert Event.objects.filter(name__startswith="order.").count() == 1


@pytest.mark.django_db
def test_an_older_word_never_overwrites_a_newer_one() -> None:
    taken(order("A", status="returned", updated_at=days_ago(1)))

    stale = taken(order("A", status="confirmed", updated_at=days_ago(2)))

    assert stale.rows[0]["outcome"] == "stale"
    assert Order.objects.get().status == "returned"


@pytest.mark.django_db
def test_a_newer_word_with_the_same_content_still_keeps_older_ones_out() -> None:
    taken(order("A", updated_at=days_ago(3)))
    taken(order("A", updated_at=days_ago(1)))

    assert taken(order("A", status="cancelled", updated_at=days_ago(2))).rows[0]["outcome"] == "stale"
    assert Order.objects.get().status == "delivered"


@pytest.mark.django_db
def test_moments_that_are_not_told_are_kept_or_taken_from_the_word_itself() -> None:
    taken(order("A", delivered_at=days_ago(2), updated_at=days_ago(2)))
    taken(order("A", status="returned", updated_at=days_ago(1)))
    returned = Order.objects.get()
    taken(order("A", status="delivered", updated_at=days_ago(0.5)))
    again = Order.objects.get()

    assert (returned.delivered_at, returned.returned_at) == (NOON - timedelta(days=2), NOON - timedelta(days=1))
    assert (again.delivered_at, again.returned_at) == (NOON - timedelta(days=2), None)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["open", "delivered", "returned", "cancelled"])
def test_a_word_without_a_status_leaves_the_status_and_its_moments(status: str) -> None:
    taken(order("A", status=status, updated_at=days_ago(2)))
    before = Order.objects.values("status", "status_text", "delivered_at", "returned_at", "cancelled_at").get()

    same = taken(order("A", status=..., updated_at=days_ago(1)))
    dearer = taken(order("A", status=..., total=400_000, updated_at=days_ago(0.5)))

    assert (same.rows[0]["outcome"], dearer.rows[0]["outcome"]) == ("unchanged", "updated")
    assert Order.objects.values(*before).get() == before
    assert Order.objects.get().total_vnd == 400_000
    assert wrong_figures() == []


@pytest.mark.django_db
def test_a_word_without_a_status_may_put_a_moment_of_it_right() -> None:
    taken(order("A", status="returned", updated_at=days_ago(1)))

    taken(order("A", status=..., returned_at=days_ago(2), updated_at=days_ago(0.5)))

    assert Order.objects.get().returned_at == NOON - timedelta(days=2)


@pytest.mark.django_db
def test_a_new_order_without_a_status_begins_as_confirmed() -> None:
    taken(order("A", status=...))

    assert Order.objects.values_list("status", "status_text", "delivered_at").get() == ("confirmed", "", None)


@pytest.mark.django_db
def test_an_order_that_turns_out_to_be_another_customers_moves_with_its_money() -> None:
    taken(order("A"))
    taken(order("A", phone="0387654321", updated_at=days_ago(0.5)))

    spent = dict(OrderStats.objects.values_list("customer__phone", "total_spent_vnd"))
    assert spent == {PHONE: 0, "0387654321": 350_000}
    assert wrong_figures() == []


@pytest.mark.django_db
def test_one_code_may_be_of_two_sources() -> None:
    done = taken(order("A", source="tpos"), order("A", source="import"))

    assert (done.count("created"), Order.objects.count()) == (2, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"code": ...}, "code is missing"),
        ({"code": "x" * 81}, "code must have at most 80 characters"),
        ({"code": "a\0b"}, "code must be a text"),
        ({"phone": ...}, "phone is missing"),
        ({"phone": 909318264}, "phone must be a text"),
        ({"phone": "abc"}, ""),
        ({"total": ...}, "total must be an amount of dong"),
        ({"total": -1}, "total must be from 0 to 100,000,000,000"),
        ({"total": "nhiều"}, "total must be an amount of dong"),
        ({"total": True}, "total must be an amount of dong"),
        ({"total": 10**15}, "total must be from 0 to 100,000,000,000"),
        ({"status": "flown away"}, "status must be one of: open, confirmed, delivered, returned, cancelled"),
        ({"status": ["x"]}, "status must be a text"),
        ({"ordered_at": "yesterday"}, "ordered_at must be a time such as 2026-01-31T10:00:00+07:00"),
        ({"ordered_at": "9999-12-31T23:59:59-12:00"}, "ordered_at must lie between the year 2000 and now"),
        ({"updated_at": "2199-11-30"}, "updated_at must lie between the year 2000 and now"),
        ({"source": "facebook"}, "source must be one of: tpos, import, api"),
        ({"raw": "x"}, "raw must be an object of at most 20,000 characters"),
        ({"raw": {"a": "\0"}}, "raw must be an object of at most 20,000 characters"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_and_the_others_are_taken(change: dict[str, Any], reason: str) -> None:
    done = taken(order("A", **change), order("B"), order("B"))

    assert [row["outcome"] for row in done.rows] == ["refused", "created", "refused"]
    assert reason in done.rows[0]["reason"]
    assert done.rows[2]["reason"] == "the code is in an earlier row"
    assert Order.objects.count() == 1


@pytest.mark.parametrize("rows", [None, {}, "x", [], [1] * 1_001])
def test_what_is_no_list_of_orders_is_refused(rows: Any) -> None:
    with pytest.raises(InvalidOrders):
        from customers.models import OrderSource
        from customers.orders.taking import take_orders

        take_orders(rows, source=OrderSource.API, by="test")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("total", "vnd"),
    [
        (350_000, 350_000), ("350000.00", 350_000), ("350.000", 350_000), ("1,250,000", 1_250_000),
        (9_999_999.50, 9_999_999), ("1.250.000đ", 1_250_000), ("0", 0),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them_and_cut_to_whole_dong(total: Any, vnd: int) -> None:
    taken(order(total=total))

    assert Order.objects.get().total_vnd == vnd


@pytest.mark.django_db
def test_words_of_sheets_are_understood() -> None:
    row = {
        "Mã đơn": "NJD/1",
        "SĐT": "0909.318.264",
        "Tổng tiền": "350.000",
        "Trạng thái": "Đã hoàn",
        "Ngày đặt": "17/11/2026 09:30",
    }

    taken(row)

    found = Order.objects.get()
    assert (found.external_code, found.status, found.status_text) == ("NJD/1", "returned", "Đã hoàn")
    assert found.ordered_at.isoformat() == "2026-11-17T02:30:00+00:00"


@pytest.mark.django_db
def test_history_tells_of_what_happens_now_and_not_of_the_past_that_is_filled_in() -> None:
    taken(order("OLD", ordered_at=days_ago(40), delivered_at=days_ago(35)), order("NEW"))
    taken(order("NEW", status="returned", updated_at=days_ago(0)))

    told = Activity.objects.filter(reference_type="order").order_by("id").values_list("type", "title")
    assert list(told) == [("ORDER_DELIVERED", "Đã giao đơn: NEW"), ("ORDER_RETURNED", "Hoàn đơn: NEW")]
    assert list(Event.objects.filter(name__startswith="order.").order_by("id").values_list("name", flat=True)) == [
        "order.created", "order.updated",
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_thousand_orders_are_as_many_statements_as_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(8):  # The orders and the audit line, and the judging, each within a transaction.
        taken(*(order(f"DH-{n}", phone=f"09{n % 50:08}".replace("0900", "0912")) for n in range(1_000)))

    assert Order.objects.count() == 1_000
    assert wrong_figures() == []


@pytest.mark.django_db(transaction=True)
def test_batches_of_the_same_orders_from_eight_threads_make_each_once() -> None:
    def send(worker: int) -> int:
        rows = [
            order(
                f"DH-{n}",
                phone=f"09{12_000_000 + (n + worker) % 7}",
                total=n * 1_000,
                updated_at=days_ago(1 / (worker + 1)),
            )
            for n in (range(40) if worker % 2 else reversed(range(40)))
        ]
        return taken(*rows).count("created")

    created = at_once(send, range(8))

    assert (sum(created), Order.objects.count()) == (40, 40)
    newest = dict(Order.objects.values_list("external_code", "customer__phone"))
    assert newest == {f"DH-{n}": f"09{12_000_000 + (n + 7) % 7}" for n in range(40)}
    assert wrong_figures() == []


STATUSES = st.sampled_from(["open", "confirmed", "delivered", "returned", "cancelled"])


class AnyStory(TestCase):
    """Whatever is told in whatever order, the figures are those of a recount."""

    @settings(max_examples=40)
    @given(
        st.lists(
            st.tuples(st.integers(0, 4), st.integers(0, 2), STATUSES, st.integers(0, 30), st.integers(0, 900_000)),
            min_size=1,
            max_size=25,
        )
    )
    def test_figures_equal_a_recount(self, story: list[tuple[int, int, str, int, int]]) -> None:
        newest: dict[str, tuple[int, int, str, int]] = {}
        for code, owner, status, version, total in story:
            taken(
                order(
                    f"DH-{code}", phone=f"091200000{owner}", status=status, total=total,
                    updated_at=days_ago(31 - version), ordered_at=days_ago(40 + code),
                )
            )  # fmt: skip
            if version >= newest.get(f"DH-{code}", (-1, 0, "", 0))[0]:
                newest[f"DH-{code}"] = (version, owner, status, total)

        spent: dict[str, int] = {}
        for _, owner, status, total in newest.values():
            spent[f"091200000{owner}"] = spent.get(f"091200000{owner}", 0) + total * (
                status in ("confirmed", "delivered")
            )
        kept = dict(OrderStats.objects.values_list("customer__phone", "total_spent_vnd"))
        assert OrderStats.objects.filter(return_rate_bp__gt=10_000).count() == 0  # W36: no rate is above 100 %.
        assert {phone: kept[phone] for phone in spent} == spent
        assert sum(kept.values()) == sum(spent.values())
        assert wrong_figures() == []


@pytest.mark.django_db(transaction=True)
def test_figures_that_somebody_bent_are_found() -> None:
    taken(order("A"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_orderstats SET total_spent_vnd = 5")

    assert wrong_figures() == [Customer.objects.get().pk]
