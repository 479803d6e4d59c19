"""Which neighbours `make run` plays for the demo shop, and that the command plays those of the gateway."""

import os
import signal
import subprocess
import sys
from functools import partial
from typing import Any

import pytest
import requests

from customers.operations import get_or_create_customer
from n2store.launch import simulated
from n2store.reachable import IMAGE_HOSTS, PROXY_HOSTS
from n2store.settings import IMAGE_HOSTS as SET_IMAGE_HOSTS
from n2store.simulator import tpos
from tests.processes import APPLICATION, database_url_of_this_test, end_other_sessions


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    names = (
        *simulated.ADDRESSES,
        *simulated.HTTP_ADDRESSES,
        *simulated.PAYOS,
        "PAYOS_API_URL",
        simulated.USER,
        "TPOS_PASSWORD",
        "N2STORE_DEMO",
    )
    for name in (*names, "IMAGE_HOSTS", "PROXY_HOSTS", simulated._PORTS, simulated._PLAYED, simulated.PAGES_PORT):
        monkeypatch.delenv(name, raising=False)


def test_everybody_is_played_on_this_machine_each_at_a_port_of_its_own() -> None:
    said = simulated.addresses()

    assert {name for name, value in said.items() if "127.0.0.1" in value} == {
        *simulated.ADDRESSES, *simulated.HTTP_ADDRESSES, "IMAGE_HOSTS", "PROXY_HOSTS", "PAYOS_API_URL",
    }  # fmt: skip
    assert (said["TPOS_USERNAME"], said["TPOS_PASSWORD"]) == (tpos.USERNAME, tpos.PASSWORD)
    assert len(set(said[simulated._PORTS].split())) == 4


def test_played_pictures_come_beside_the_usual_hosts() -> None:
    said = simulated.addresses()

    assert said["IMAGE_HOSTS"].split(",")[:-1] == list(IMAGE_HOSTS) == SET_IMAGE_HOSTS
    assert said["PROXY_HOSTS"].split(",")[:-1] == list(PROXY_HOSTS)


@pytest.mark.parametrize("name", simulated.HTTP_ADDRESSES)
def test_a_shop_with_one_real_address_plays_none_of_the_gateways(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "https://neighbour.example")

    said = simulated.addresses()

    of_gateway = {*simulated.HTTP_ADDRESSES} - {"PANCAKE_BASE_URL"}  # Its socket is played, and so are its pages.
    assert not {simulated._PORTS, simulated.USER, "IMAGE_HOSTS", *of_gateway} & said.keys()
    assert {*simulated.ADDRESSES} <= said.keys()
    assert said["PANCAKE_BASE_URL"].startswith("https://neighbour" if name == "PANCAKE_BASE_URL" else "http://127")


@pytest.mark.parametrize(("name", "value"), [("N2STORE_DEMO", "0"), ("TPOS_USERNAME", "lan")])
def test_a_real_shop_plays_nobody(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    assert simulated.addresses() == {}


def test_the_command_plays_them_until_it_is_interrupted(transactional_db: None, settings: Any) -> None:
    get_or_create_customer(phone="0909318264", name="Chị Hoa", by="test")
    env = {"DATABASE_URL": database_url_of_this_test(), "PGAPPNAME": APPLICATION, "SECRET_KEY": "test"}
    more = {"DJANGO_SETTINGS_MODULE": "n2store.settings", "REDIS_URL": settings.REDIS_URL}
    with subprocess.Popen(
        [sys.executable, "manage.py", "simulate", "gateway"],
        env=os.environ | env | more, stdout=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 -- takes no lock
    ) as played:  # fmt: skip
        try:
            assert played.stdout is not None
            said = dict(word.split("=", 1) for word in played.stdout.readline().split())
            form = {"grant_type": "password", "username": said["TPOS_USERNAME"], "password": said["TPOS_PASSWORD"]}
            token = requests.post(f"{said['TPOS_BASE_URL']}/token", form | {"client_id": "tmtWebApp"}, timeout=60)
            pictures = said["IMAGE_HOSTS"].split(",")[0]
            answers = [
                requests.get(f"{said['PANCAKE_BASE_URL']}/api/v1/pages", timeout=60),
                requests.get(f"{said['FACEBOOK_GRAPH_URL']}/v21.0/1/conversations", timeout=60),
                requests.get(f"{pictures}/a.png", timeout=60),
            ]

            assert token.json()["access_token"]
            assert [answer.status_code for answer in answers] == [200, 401, 200]

            played.send_signal(signal.SIGINT)
            assert played.wait(timeout=60) == 0
        finally:
            played.kill()
            end_other_sessions()
