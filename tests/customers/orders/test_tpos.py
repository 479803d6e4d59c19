"""TPOS's invoices: fetched by when they changed, restartable at any page, none twice and none lost."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from customers.models import Customer, Order, OrderFeed
from customers.operations import create_customer
from customers.orders.queries import wrong_figures
from customers.orders.tpos import Heard, Progress, sync_orders, take_tpos_order_event
from customers.rehearsals import orders_to_fetch, profiles_to_complete
from customers.tasks import sync_orders as job
from n2store.models import JobRun
from n2store.simulator.tpos import Manner, Tpos, invoice
from proxy import tpos as proxy
from proxy.tpos import TposError, tpos
from tests.factories.tpos import playing_tpos
from tests.threads import at_once

PHONE = "0909318264"
NOW = timezone.now()


def back(**past: float) -> Any:
    return NOW - timedelta(**past)


@pytest.fixture
def shop(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tpos]:
    monkeypatch.setattr(proxy, "ORDERS_PAGE_ROWS", 3)
    with playing_tpos() as book:
        yield book


def known() -> set[str]:
    return set(Order.objects.values_list("external_code", flat=True))


def test_all_invoices_of_the_year_come_in_page_by_page(shop: Tpos) -> None:
    shop.orders = [invoice(n, PHONE, back(days=n * 40)) for n in range(1, 13)] + [
        invoice(90, PHONE, back(days=1), Type="refund")
    ]

    assert job() == 9

    assert known() == {f"NJD/2026/{n}" for n in range(1, 10)}
    run = JobRun.objects.get()
    assert (run.job, run.examined, run.changed, run.skipped, run.error) == ("sync-orders", 9, 9, 0, "")
    assert wrong_figures() == []


def test_a_second_run_fetches_only_what_has_changed(shop: Tpos) -> None:
    shop.orders = [invoice(n, PHONE, back(days=10 - n)) for n in range(1, 6)]
    job()
    asked = len(shop.asked)
    shop.orders[0] |= {"State": "paid", "LastUpdated": back(minutes=1).isoformat()}
    shop.orders.append(invoice(6, "0387654321", back(minutes=2)))

    assert job() == 2

    assert Order.objects.get(external_code="NJD/2026/1").status == "delivered"
    assert "NJD/2026/6" in known()
    assert len(shop.asked) - asked <= 2


def test_a_dry_run_asks_tpos_what_a_run_would_and_writes_nothing(shop: Tpos) -> None:
    shop.orders = [invoice(n, PHONE, back(days=10 - n)) for n in range(1, 6)]
    first = orders_to_fetch(NOW)
    untouched = (known(), OrderFeed.objects.exists(), Customer.objects.exists())
    job()
    shop.orders[0] |= {"State": "paid", "LastUpdated": back(minutes=1).isoformat()}
    shop.orders += [invoice(6, "0387654321", back(minutes=2)), invoice(7, "", back(minutes=1))]
    feed = OrderFeed.objects.values().get()

    told = orders_to_fetch(NOW)

    assert untouched == (set(), False, False)
    assert first == {"days_back": 365, "invoices": 5, "new_orders": 5, "newer_orders": 0, "unreadable": 0}
    assert (told["new_orders"], told["newer_orders"], told["unreadable"]) == (1, 1, 1)
    assert told["days_back"] == (NOW - feed["told_at"]).days
    assert OrderFeed.objects.values().get() == feed
    job()
    run = JobRun.objects.latest("id")
    assert (run.examined, run.changed, run.skipped) == (told["invoices"], 2, 1)
    assert orders_to_fetch(NOW)["minutes_back"] == 1 + 10  # A minute ago, and a little before that.


def test_a_dry_run_says_that_tpos_is_not_connected(db: None) -> None:
    assert (orders_to_fetch(NOW), profiles_to_complete(NOW)) == ({"tpos": 0}, {"tpos": 0})


def test_a_dry_run_of_an_ill_tpos_says_so(shop: Tpos) -> None:
    shop.manner = Manner.FAILING

    with pytest.raises(TposError):
        orders_to_fetch(NOW)


def test_many_invoices_of_one_moment_and_finer_clocks_than_ours_stop_nobody(shop: Tpos) -> None:
    moment = back(days=3)
    shop.orders = [invoice(n, PHONE, moment) for n in range(1, 11)]
    for row in shop.orders:
        row["LastUpdated"] = moment.isoformat(timespec="microseconds").replace("+00:00", "7Z")
    shop.orders.append(invoice(11, PHONE, back(days=2)))

    job()

    assert len(known()) == 11


def test_tpos_ill_is_later_and_what_came_in_stays(shop: Tpos) -> None:
    shop.orders = [invoice(n, PHONE, back(days=10 - n)) for n in range(1, 8)]
    progress = Progress()
    sync_orders(tpos(), progress=progress, pages_max=1)
    shop.manner = Manner.FAILING

    assert job() == 0
    assert JobRun.objects.latest("id").error == "TPOS answers 500"
    shop.manner = Manner.WELL
    job()

    assert len(known()) == 7


def test_three_days_of_outage_are_made_up_for_in_several_short_runs(shop: Tpos) -> None:
    shop.orders = [invoice(1, PHONE, back(days=4))]
    job()
    shop.orders += [invoice(n, PHONE, back(days=3, minutes=-n * 60)) for n in range(2, 40)]

    runs = 0
    while len(known()) < 39:
        job(pages_max=2)
        runs += 1

    assert runs < 15
    assert job(pages_max=2) == 0
    assert wrong_figures() == []


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_end_like_one() -> None:
    with playing_tpos() as shop, pytest.MonkeyPatch.context() as patch:
        patch.setattr(proxy, "ORDERS_PAGE_ROWS", 3)
        shop.orders = [invoice(n, f"091200000{n % 4}", back(days=30 - n)) for n in range(1, 20)]

        at_once(lambda _: job(), range(2))
        job()

        assert (Order.objects.count(), wrong_figures()) == (19, [])
        assert OrderFeed.objects.get().last_id == 19


def test_invoices_that_cannot_be_read_keep_nobody_waiting(shop: Tpos) -> None:
    create_customer(phone="0387654321", name="Lan", tpos_id="77", by="test")
    shop.orders = [
        invoice(1, "", back(days=5)),
        invoice(2, "abc", back(days=4)),
        invoice(3, PHONE, back(days=3), State="?"),
        invoice(4, PHONE, back(days=3), AmountTotal=None),
        invoice(5, "", back(days=2), PartnerId=77),
        invoice(6, PHONE, back(days=1)),
    ]

    job()

    assert known() == {"NJD/2026/5", "NJD/2026/6"}
    assert Order.objects.get(external_code="NJD/2026/5").customer == Customer.objects.get(phone="0387654321")
    assert JobRun.objects.get().skipped == 4


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"State": "draft"}, "open"),
        ({"State": "open"}, "confirmed"),
        ({"State": "paid"}, "delivered"),
        ({"State": "cancel", "ShowShipStatus": "Đã giao"}, "cancelled"),
        ({"State": "open", "ShowShipStatus": "Đã giao"}, "delivered"),
        ({"State": "paid", "ShowShipStatus": "Trả hàng"}, "returned"),
    ],
)
def test_states_of_invoice_and_carrier_are_one_of_ours(shop: Tpos, row: dict[str, str], status: str) -> None:
    shop.orders = [invoice(1, PHONE, back(days=1), **row)]

    job()

    assert Order.objects.get().status == status


def test_words_of_tpos_that_are_none_of_ours_make_a_customer_all_the_same(shop: Tpos) -> None:
    """W20."""
    shop.orders = [invoice(1, PHONE, back(days=1), PartnerStatusText="Khách sỉ", ShowState="Thân thiết")]

    job()

    assert (Customer.objects.get().status, Order.objects.get().status_text) == ("Bình thường", "Thân thiết")


def test_an_event_of_the_socket_writes_the_same_row_as_the_job(shop: Tpos) -> None:
    shop.orders = [invoice(1, PHONE, back(days=1))]
    job()
    changed = shop.orders[0] | {"State": "cancel", "LastUpdated": back(hours=1).isoformat()}

    heard = take_tpos_order_event({"Type": "FastSaleOrder", "EventName": "updated", "Data": changed})

    assert (heard, Order.objects.get().status) == (Heard.TAKEN, "cancelled")


@pytest.mark.parametrize(
    ("payload", "heard"),
    [
        ({"Type": "FastSaleOrder", "EventName": "created", "Data": {"Id": 5, "Number": "X"}}, Heard.TO_BE_FETCHED),
        ({"Type": "SaleOnline_Order", "EventName": "created", "Data": {"Id": "guid", "Code": "2601"}}, Heard.NO_ORDER),
        ({"Type": "FastSaleOrder", "Data": "x"}, Heard.NO_ORDER),
        ({}, Heard.NO_ORDER),
    ],
)
def test_events_that_hold_no_order_write_nothing(db: None, payload: dict[str, Any], heard: Heard) -> None:
    assert take_tpos_order_event(payload) == heard
    assert not Order.objects.exists()
