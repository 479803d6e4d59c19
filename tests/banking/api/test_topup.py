"""`/api/topup/…`: who may begin, what is refused, and the status that is asked again and again."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from rest_framework.test import APIClient

from banking.models import Topup
from banking.payos import cache
from banking.payos.access import cookie_name, link_text
from n2store.roles import Role
from n2store.simulator.answering import Manner
from n2store.simulator.payos import Payos
from tests.banking.acting import HOA, NAM, known
from tests.factories.payos import playing_payos, post, started

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payos() -> Iterator[Payos]:
    with playing_payos() as playing:
        yield playing


def browser_of(phone: str) -> APIClient:
    """Return the browser of a customer who came by link."""
    api = APIClient()
    api.cookies[cookie_name()] = link_text(known(phone))
    return api


def begin(api: Any, **body: Any) -> tuple[int, Any]:
    answer = api.post("/api/topup/init", body, format="json")
    return answer.status_code, answer.json()


def test_a_customer_begins_for_their_own_wallet(payos: Payos) -> None:
    status, said = begin(browser_of(HOA), amount=300_000)

    topup = Topup.objects.get()
    assert (status, topup.customer.phone, topup.starter) == (201, HOA, None)
    assert said == {
        "tx_ref": topup.tx_ref, "order_code": topup.order_code, "amount": 300_000, "currency": "VND",
        "status": "pending", "checkout_url": topup.checkout_url, "qr_code": topup.qr_code,
        "bank": {"bin": "970422", "account_number": "0904123456", "account_name": "CUA HANG N2STORE"},
        "memo": topup.memo, "expires_at": said["expires_at"], "version": 2,
    }  # fmt: skip
    assert topup.order_code >= 1_000_000


def test_staff_begin_for_whom_they_name(payos: Payos, as_role: Any) -> None:
    customer = known(HOA)

    by_phone = begin(as_role(Role.CUSTOMER_CARE), amount=300_000, phone="+84 909 318 264")
    by_id = begin(as_role(Role.OWNER), amount=300_000, customer_id=customer.pk)

    assert (by_phone[0], by_id[0]) == (201, 201)
    assert set(Topup.objects.values_list("customer__phone", flat=True)) == {HOA}


@pytest.mark.parametrize(
    ("role", "status"), [(Role.WAREHOUSE, 403), (Role.VIEWER, 403), (Role.ACCOUNTANT, 201), (None, 403)]
)
def test_only_who_may_begins(payos: Payos, as_role: Any, role: Role | None, status: int) -> None:
    known(HOA)

    assert begin(as_role(role), amount=300_000, phone=HOA)[0] == status


def test_a_customer_cannot_name_another(payos: Payos) -> None:
    known(NAM)

    assert begin(browser_of(HOA), amount=300_000, phone=NAM)[0] == 404
    assert not Topup.objects.exists()


@pytest.mark.parametrize("amount", [None, "300000", 0, -1, 1_999, 100_000_001, 300_000.5, True, 2**70, [], {}])
def test_an_amount_that_cannot_be_is_refused(payos: Payos, amount: Any) -> None:
    status, said = begin(browser_of(HOA), amount=amount)

    assert (status, said["code"]) == (400, "INVALID_AMOUNT")
    assert payos.asked == []


def test_the_same_key_is_the_same_top_up(payos: Payos) -> None:
    api = browser_of(HOA)

    first = begin(api, amount=300_000, idempotency_key="k1")
    again = begin(api, amount=300_000, idempotency_key="k1")
    other = begin(api, amount=400_000, idempotency_key="k1")

    assert (first[0], again[0], other[0]) == (201, 200, 409)
    assert (first[1], other[1]["code"]) == (again[1], "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize("key", ["", " ", "x" * 101, "a\nb", 7])
def test_a_key_that_is_none_is_refused(payos: Payos, key: Any) -> None:
    status, _said = begin(browser_of(HOA), amount=300_000, idempotency_key=key)

    assert status == (201 if key == "" else 400)


def test_a_form_of_another_page_is_refused(payos: Payos) -> None:
    api = APIClient(enforce_csrf_checks=True)
    api.cookies[cookie_name()] = link_text(known(HOA))

    assert begin(api, amount=300_000)[0] == 403


@pytest.mark.parametrize(
    ("manner", "status", "code"),
    [
        (Manner.FAILING, 502, "PROVIDER_ERROR"),
        (Manner.BUSY, 503, "PROVIDER_UNAVAILABLE"),
        (Manner.GARBLED, 502, "PROVIDER_ERROR"),
    ],
)
def test_trouble_at_payos_is_said(payos: Payos, manner: Manner, status: int, code: str) -> None:
    payos.manner = manner

    said = begin(browser_of(HOA), amount=300_000)

    assert (said[0], said[1]["code"]) == (status, code)


@pytest.mark.parametrize(
    "change", [{"PAYOS_API_KEY": ""}, {"PAYOS_API_URL": "https://evil.example"}, {"TOPUPS_ENABLED": False}]
)
def test_a_shop_without_payos_says_so(payos: Payos, change: dict[str, Any]) -> None:
    with override_settings(**change):
        status, said = begin(browser_of(HOA), amount=300_000)

    assert (status, said["code"]) == (503, "PAYOS_NOT_CONFIGURED")
    assert payos.asked == []


def test_wrong_keys_are_our_trouble(payos: Payos) -> None:
    with override_settings(PAYOS_API_KEY="wrong"):
        status, said = begin(browser_of(HOA), amount=300_000)

    assert (status, said["code"], Topup.objects.get().status) == (503, "PROVIDER_UNAVAILABLE", "failed")


def test_ten_a_minute_are_enough(payos: Payos, as_role: Any) -> None:
    api = as_role(Role.OWNER)
    for n in range(10):
        known(f"09091110{n:02}")
        assert begin(api, amount=300_000, phone=f"09091110{n:02}")[0] == 201
    known(HOA)

    status, said = begin(api, amount=300_000, phone=HOA)

    assert (status, said["code"]) == (429, "TOO_MANY_TOPUPS")


def test_the_status_is_told_without_a_query(payos: Payos, django_assert_num_queries: Any) -> None:
    api = browser_of(HOA)
    topup = started()

    with django_assert_num_queries(0):
        answer = api.get("/api/topup/status", {"tx_ref": topup.tx_ref})

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json() == {
        "tx_ref": topup.tx_ref, "order_code": topup.order_code, "status": "pending", "amount": 500_000,
        "amount_paid": 0, "currency": "VND", "confirmed_at": None, "expires_at": answer.json()["expires_at"],
        "version": 2, "terminal": False, "late": False, "overpaid": False,
    }  # fmt: skip


def test_emptying_the_cache_changes_nothing_but_a_query(payos: Payos, django_assert_num_queries: Any) -> None:
    api = browser_of(HOA)
    topup = started()
    post(payos.pay(topup.order_code))
    before = api.get("/api/topup/status", {"tx_ref": topup.tx_ref}).json()
    cache._redis(str(cache.settings.REDIS_URL))._client.flushall()

    with django_assert_num_queries(1):
        after = api.get("/api/topup/status", {"tx_ref": topup.tx_ref}).json()

    assert (before, before["status"]) == (after, "paid")


def test_an_older_state_never_replaces_a_newer_one(payos: Payos) -> None:
    others = cache.stats().cached_orders
    topup = started()
    old = cache.get(topup.tx_ref)
    post(payos.pay(topup.order_code))

    cache.put(old)

    assert cache.get(topup.tx_ref).state["status"] == "paid"
    assert cache.get_by_order_code(topup.order_code).state["status"] == "paid"
    assert cache.stats().cached_orders == others + 1


def test_a_kept_state_is_forgotten_after_fifteen_minutes(payos: Payos) -> None:
    topup = started()
    client = cache._redis(str(cache.settings.REDIS_URL))._client

    left = [client.ttl(key) for key in client.scan_iter(f"{cache.PREFIX}*{topup.tx_ref}*")]

    assert [0 < seconds <= 15 * 60 for seconds in left] == [True]


def test_somebody_elses_top_up_is_not_there(payos: Payos, as_role: Any) -> None:
    topup = started()
    asked = {"tx_ref": topup.tx_ref}

    theirs = browser_of(NAM).get("/api/topup/status", asked)
    unknown = browser_of(NAM).get("/api/topup/status", {"tx_ref": "NT0000000"})
    owner = as_role(Role.OWNER).get("/api/topup/status", asked)

    assert [answer.status_code for answer in (theirs, unknown, owner)] == [404, 404, 404]
    assert theirs.json() == unknown.json()
    assert Client().get("/api/topup/status", asked).status_code == 401


@pytest.mark.parametrize("reference", ["", "x", "NT12345678", "nt1234567", "NT123456I", "NT1234567\n"])
def test_what_is_no_reference_is_a_400(payos: Payos, reference: str) -> None:
    answer = browser_of(HOA).get("/api/topup/status", {"tx_ref": reference})

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_TX_REF")


def test_the_figures_are_for_staff(payos: Payos, as_role: Any) -> None:
    started()

    said = as_role(Role.VIEWER).get("/api/topup/stats").json()

    assert said == {
        "success": True,
        "cachedOrders": said["cachedOrders"],
        "activeSubscriptions": 0,
        "connectionCount": 0,
    }
    assert said["cachedOrders"] >= 1
