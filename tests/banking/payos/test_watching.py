"""PayOS is left alone when it fails, and each call to it is traced without a key."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from pybreaker import STATE_CLOSED, STATE_OPEN

from banking.models import Topup
from banking.payos import client
from n2store.errors import DomainError
from n2store.roles import Caller, Role
from n2store.simulator import payos as simulator
from n2store.simulator.answering import Manner
from n2store.simulator.payos import Payos
from proxy.models import Trace
from proxy.watching import switching
from proxy.watching.keeping import keeper
from tests.factories.breakers import breakers_on, state_of
from tests.factories.payos import playing_payos, post, started
from tests.processes import wait_until

FAILURES = 3
OWNER = Caller(name="lan", roles=frozenset({Role.OWNER}))
NOBODY = 999


@pytest.fixture(autouse=True)
def _watched() -> Iterator[None]:
    """Switch breakers on, keep every trace, and nothing of other tests'."""
    with override_settings(GATEWAY_TRACES_SHARE=1.0), breakers_on(failures=FAILURES):
        _forget()
        yield
        _forget()


def _forget() -> None:
    client._line_of.cache_clear()
    keeper.rows.clear()
    keeper.tally.take()
    keeper._amiss.clear()


@pytest.fixture
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once after a call that was not answered."""
    monkeypatch.setattr(client, "REST_S", 0.0)


def fail() -> None:
    for _ in range(FAILURES):
        with pytest.raises((client.OutcomeUnknown, client.ProviderUnavailable)):
            client.get(NOBODY)


def kept() -> list[Trace]:
    keeper.write()
    return list(Trace.objects.order_by("id"))


@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.CUT])
def test_a_payos_that_fails_again_and_again_is_not_asked_until_somebody_has_it_tried(
    db: None, payos: Payos, manner: Manner
) -> None:
    payos.manner = manner
    fail()
    asked, payos.manner = len(payos.asked), Manner.WELL

    with pytest.raises(client.ProviderUnavailable, match="not asked now"):
        client.get(NOBODY)
    assert (len(payos.asked), state_of("payos")) == (asked, STATE_OPEN)

    assert switching.try_now("payos", caller=OWNER) is True
    with pytest.raises(client.LinkNotFound):
        client.get(NOBODY)
    assert state_of("payos") == STATE_CLOSED


def test_a_payos_nobody_answers_for_opens_it_too_and_is_tried_by_itself(db: None, payos: Payos, no_rest: None) -> None:
    with override_settings(GATEWAY_BREAKER_OPEN_S=0.3):
        with override_settings(PAYOS_API_URL="http://127.0.0.1:9"):
            fail()
        assert state_of("payos") != STATE_CLOSED

        wait_until(_answers)

        assert state_of("payos") == STATE_CLOSED


def _answers() -> bool:
    try:
        client.get(NOBODY)
    except client.LinkNotFound:
        return True
    except client.ProviderUnavailable:
        return False
    return False


def test_a_payos_that_hangs_opens_it(db: None, no_rest: None) -> None:
    with playing_payos(timeout_s=0.3) as payos:
        payos.manner = Manner.HANGING
        fail()

        assert state_of("payos") == STATE_OPEN
        with pytest.raises(client.ProviderUnavailable, match="not asked now"):
            client.get(NOBODY)
    assert [(row.outcome, row.why) for row in kept()] == [
        *[("failed", "UPSTREAM_TIMEOUT")] * FAILURES, ("held", "UPSTREAM_OPEN"),
    ]  # fmt: skip


def test_after_the_first_that_hangs_nobody_waits_and_nobody_is_blamed_for_that(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "REST_S", 300.0)
    with playing_payos(timeout_s=0.3) as payos:
        payos.manner = Manner.HANGING
        with pytest.raises(client.OutcomeUnknown):
            client.get(NOBODY)
        for _ in range(2 * FAILURES):
            with pytest.raises(client.ProviderUnavailable):
                client.get(NOBODY)

    assert [(row.outcome, row.why) for row in kept()] == [
        ("failed", "UPSTREAM_TIMEOUT"), *[("held", "UPSTREAM_BUSY")] * 2 * FAILURES,
    ]  # fmt: skip
    assert state_of("payos") == STATE_CLOSED


def test_who_comes_while_another_waits_for_payos_does_not_wait_behind_it(
    db: None, payos: Payos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "WAIT_S", 0.05)
    payos.manner = Manner.HANGING
    heard: list[DomainError] = []
    first = threading.Thread(target=_ask, args=[heard])
    with override_settings(PAYOS_TIMEOUT_S=20.0):
        first.start()
        wait_until(lambda: len(payos.calls) == 1)

        with pytest.raises(client.ProviderUnavailable, match="at the moment"):
            client.get(NOBODY)
        waiting = first.is_alive()
        payos._over.set()
    first.join(60)

    assert (waiting, [type(one) for one in heard], len(payos.calls)) == (True, [client.OutcomeUnknown], 1)


def _ask(heard: list[DomainError]) -> None:
    try:
        client.get(NOBODY)
    except DomainError as error:
        heard.append(error)


def test_what_payos_refuses_is_no_failure(db: None, payos: Payos) -> None:
    for _ in range(2 * FAILURES):
        with pytest.raises(client.LinkNotFound):
            client.get(NOBODY)
    payos.manner = Manner.BUSY
    for _ in range(2 * FAILURES):
        with pytest.raises(client.ProviderBusy):
            client.get(NOBODY)
    with override_settings(PAYOS_API_KEY="wrong"):
        payos.manner = Manner.WELL
        for _ in range(2 * FAILURES):
            with pytest.raises(client.ProviderUnavailable):
                client.get(NOBODY)

    assert state_of("payos") == STATE_CLOSED


@pytest.mark.parametrize("manner", [Manner.PAGE, Manner.GARBLED])
def test_what_nobody_can_read_is_seen_and_leaves_the_breaker_alone(db: None, payos: Payos, manner: Manner) -> None:
    payos.manner = manner
    for _ in range(FAILURES):
        with pytest.raises(client.OutcomeUnknown):
            client.get(NOBODY)

    assert {(row.status, row.outcome, row.why) for row in kept()} == {(200, "failed", "UPSTREAM_UNSUITABLE")}
    assert state_of("payos") == STATE_CLOSED


@pytest.mark.django_db(transaction=True)
def test_a_topup_leaves_traces_without_keys_customer_or_code(payos: Payos) -> None:
    topup = started()
    client.get(topup.order_code or 0)
    payos.manner = Manner.FAILING
    with pytest.raises(client.OutcomeUnknown):
        client.cancel(topup.order_code or 0)

    rows = kept()

    assert [(row.upstream, row.method, row.status, row.outcome, row.attempts) for row in rows] == [
        ("payos", "POST", 200, "ok", 1), ("payos", "GET", 200, "ok", 1), ("payos", "POST", 500, "failed", 1),
    ]  # fmt: skip
    assert rows[0].target == "/v2/payment-requests"
    assert min(rows[0].bytes_out, rows[0].bytes_in, rows[1].bytes_in) > 100
    told = json.dumps(list(Trace.objects.values()), default=str)
    secrets: list[Any] = [simulator.CLIENT_ID, simulator.API_KEY, simulator.CHECKSUM_KEY, topup.tx_ref]
    assert [secret for secret in secrets if str(secret) in told] == []


@pytest.mark.django_db(transaction=True)
def test_while_it_is_left_alone_a_topup_fails_clearly_and_money_still_arrives(payos: Payos) -> None:
    paid = started()
    switching.hold("payos", caller=OWNER)

    with pytest.raises(client.ProviderUnavailable) as refused:
        started(200_000)
    assert post(payos.pay(paid.order_code or 0)) == (200, {"success": True})

    assert (refused.value.status, refused.value.code) == (503, "PROVIDER_UNAVAILABLE")
    assert list(Topup.objects.order_by("id").values_list("status", flat=True)) == ["paid", "failed"]
