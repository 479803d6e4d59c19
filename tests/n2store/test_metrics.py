"""`/metrics`: guarded, whole whichever process answers, and never costing what it measures."""

import http.client
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from n2store.metrics import counted, queue_lengths, route_class
from n2store.models import Event
from proxy import rates
from proxy.rates import Rate
from proxy.watching import measuring
from tests.factories.banking import delivery, post
from tests.processes import Server, end_other_sessions, web_server

TOKEN = "for-prometheus"


def asked(client: Client, token: str = TOKEN) -> Any:
    return client.get("/metrics", headers={"authorization": f"Bearer {token}"})


@pytest.mark.django_db
@pytest.mark.parametrize(("set_to", "given", "status"), [
    ("", "", 404), ("", TOKEN, 404), (TOKEN, "", 401), (TOKEN, "wrong", 401), (TOKEN, "for-prométheus", 401),
    (TOKEN, TOKEN, 200),
])  # fmt: skip
def test_only_who_has_the_token_is_answered(
    client: Client, settings: Any, set_to: str, given: str, status: int
) -> None:
    settings.METRICS_TOKEN = set_to

    assert asked(client, given).status_code == status
    assert client.get("/metrics").status_code == (401 if set_to else 404)


@pytest.mark.django_db
def test_it_tells_of_queues_breakers_and_parts(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    Event.objects.create(name="a", topics=[], payload={})
    post(client, delivery(content="khong ro ai"))

    told = asked(client).content.decode()

    waiting_events = Event.objects.filter(position=None).count()
    assert f'n2store_queue_length{{queue="events"}} {float(waiting_events)}' in told
    assert 'n2store_queue_length{queue="transfers"} 1.0' in told
    assert 'n2store_queue_length{queue="frames"} 0.0' in told
    assert 'n2store_breaker_state{state="closed",upstream="tpos"} 1.0' in told
    assert 'n2store_breaker_state{state="closed",upstream="telegram"} 1.0' in told
    assert 'n2store_part_up{part="redis"} 1.0' in told
    assert "# TYPE n2store_upstream_seconds histogram" in told


@pytest.mark.django_db
def test_queues_are_named_in_one_place() -> None:
    assert set(queue_lengths()) == {"frames", "events", "jobs_late", "transfers"}


@pytest.mark.parametrize(("path", "kind"), [
    ("/api/sepay/webhook", "webhook"), ("/api/v2/customers/1", "api-v2"), ("/api/wallets", "api-v1"),
    ("/api/odata/Product", "gateway"), ("/admin/", "admin"), ("/health", "health"), ("/x", "other"),
])  # fmt: skip
def test_addresses_are_counted_by_few_kinds(path: str, kind: str) -> None:
    assert route_class(path) == kind


def test_an_application_that_fails_is_counted_too() -> None:
    from prometheus_client import REGISTRY

    def fails(_environ: object, _start: object) -> list[bytes]:
        raise RuntimeError

    def value() -> float:
        return REGISTRY.get_sample_value("n2store_requests_total", {"route": "other", "status": "5xx"}) or 0.0

    before = value()
    with pytest.raises(RuntimeError):
        counted(fails)({"PATH_INFO": "/x"}, lambda *_given: None)

    assert value() - before == 1


def test_calls_let_through_without_redis_are_told(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_now", lambda: 1_795_258_815.0)
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9"}
    }
    before = measuring.UNCOUNTED.labels("door")._value.get()

    Rate("door", 1).count("lan")

    assert measuring.UNCOUNTED.labels("door")._value.get() - before == 1


class Asker:
    """Asks a server on a Unix socket."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def get(self, path: str) -> str:
        connection = http.client.HTTPConnection("localhost", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.server.path))
        connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        try:
            return connection.getresponse().read().decode()
        finally:
            connection.close()


def test_whichever_process_answers_tells_of_all(transactional_db: None, tmp_path: Path) -> None:
    server = web_server(tmp_path, redis_url=django_settings.REDIS_URL)
    figures = tmp_path / "figures"
    figures.mkdir()
    server.env |= {"METRICS_TOKEN": TOKEN, "PROMETHEUS_MULTIPROC_DIR": str(figures)}
    server.start()
    asker = Asker(server)
    try:
        for _ in range(20):
            asker.get("/health")
        told = [asker.get("/metrics") for _ in range(6)]
    finally:
        server.kill()
        end_other_sessions()

    pattern = r'n2store_requests_total\{route="health",status="2xx"\} ([\d.]+)'
    assert [re.findall(pattern, one) for one in told] == [["20.0"]] * 6
