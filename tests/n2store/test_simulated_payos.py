"""The simulated PayOS: the page on which a person plays the payer, and that `make run` starts it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.test import override_settings

from banking.models import Topup
from banking.payos.asking import check_due
from n2store.launch import processes, simulated
from n2store.launch.place import Place
from n2store.launch.welcome import welcome
from n2store.simulator import payos as simulator
from n2store.simulator.payos import Payos
from tests.factories.payos import started
from tests.processes import database_url_of_this_test, wait_until


@pytest.fixture
def payos(live_server: object) -> Iterator[Payos]:
    with (
        Payos(shop=live_server.url).serving() as playing,  # type: ignore[attr-defined]
        override_settings(
            PAYOS_CLIENT_ID=simulator.CLIENT_ID, PAYOS_API_KEY=simulator.API_KEY,
            PAYOS_CHECKSUM_KEY=simulator.CHECKSUM_KEY, PAYOS_API_URL=playing.url, PAYOS_CALLS_PER_S=1_000.0,
        ),
    ):  # fmt: skip
        yield playing


def press(topup: Topup, act: str) -> str:
    """Press a button of the link's page, and return the page that follows."""
    return httpx.post(f"{topup.checkout_url}/{act}", follow_redirects=True, trust_env=False, timeout=30).text


def is_now(topup: Topup) -> tuple[str, int]:
    topup.refresh_from_db()
    return topup.status, topup.paid_vnd


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("act", "status", "paid_vnd"),
    [
        ("pay", "paid", 300_000),
        ("half", "underpaid", 150_000),
        ("more", "paid", 310_000),
        ("untold", "paid", 300_000),
        ("cancel", "cancelled", 0),
    ],
)
def test_a_button_of_the_links_page_does_what_a_payer_does(payos: Payos, act: str, status: str, paid_vnd: int) -> None:
    topup = started(300_000)
    assert topup.checkout_url == f"{payos.url}/pay/{topup.order_code}"

    press(topup, act)

    def has_come() -> bool:
        Topup.objects.filter(status="pending").update(next_check_at=topup.created_at)
        check_due(now=topup.expires_at)
        return is_now(topup) == (status, paid_vnd)

    wait_until(has_come)


@pytest.mark.django_db(transaction=True)
def test_a_late_payment_comes_after_the_end(payos: Payos, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("n2store.simulator.payos_page.LATE_AFTER_S", 0.5)
    topup = started(300_000)

    assert "EXPIRED" in press(topup, "late")
    Topup.objects.update(next_check_at=topup.created_at)
    check_due(now=topup.expires_at)

    wait_until(lambda: is_now(topup) == ("paid", 300_000))


@pytest.mark.django_db(transaction=True)
def test_all_links_are_listed_and_an_unknown_one_is_not_there(payos: Payos) -> None:
    topup = started(300_000)

    assert f"/pay/{topup.order_code}" in httpx.get(payos.url, trust_env=False, timeout=30).text
    assert httpx.get(f"{payos.url}/pay/1", trust_env=False, timeout=30).status_code == 404


def test_payos_is_played_with_keys_of_its_own_unless_one_is_named(unnamed: pytest.MonkeyPatch) -> None:
    one, other = simulated.addresses(), simulated.addresses()

    assert one["N2STORE_PLAYED"] == "upstreams,neighbours,payos"
    assert one["PAYOS_API_URL"].startswith("http://127.0.0.1:")
    assert len({given[name] for given in (one, other) for name in simulated.PAYOS}) == 6

    unnamed.setenv("PAYOS_CLIENT_ID", "real")
    assert simulated.addresses()["N2STORE_PLAYED"] == "upstreams,neighbours"
    assert "PAYOS_API_URL" not in simulated.addresses()
    unnamed.setenv("N2STORE_DEMO", "0")
    assert simulated.addresses() == {}


@pytest.fixture
def unnamed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take away what names a neighbour in the environment."""
    for name in (
        *simulated.ADDRESSES,
        *simulated.HTTP_ADDRESSES,
        *simulated.PAYOS,
        "PAYOS_API_URL",
        simulated.USER,
        "N2STORE_DEMO",
    ):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.django_db(transaction=True)
def test_the_launchers_process_knows_the_shops_keys_and_says_where_it_is(
    unnamed: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = Place(home=tmp_path, port=8000, front="caddy", static=tmp_path / "static", throwaway=True)
    given = simulated.addresses()
    for name, value in (given | {"DATABASE_URL": database_url_of_this_test()}).items():
        unnamed.setenv(name, value)
    url, process = given["PAYOS_API_URL"], processes.payos(place)
    assert "payos" in processes.app_names(place)
    assert f"PayOS is played at {url}/" in welcome(place)

    def answers() -> bool:
        try:
            return httpx.get(url, trust_env=False, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    with subprocess.Popen(process.argv, cwd=process.folder, env=os.environ | process.environ) as running:
        try:
            wait_until(answers)
            with override_settings(**{name: given[name] for name in (*simulated.PAYOS, "PAYOS_API_URL")}):
                topup = started(300_000)
        finally:
            running.terminate()

    assert (topup.status, topup.checkout_url) == ("pending", f"{url}/pay/{topup.order_code}")
