from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from n2store import health
from n2store.models import Event


@pytest.mark.django_db
def test_a_healthy_house_names_its_parts(client: Client) -> None:
    answer = client.get("/health")

    body = answer.json()
    assert answer.status_code == 200
    assert (body["status"], body["database"], body["redis"], body["events"]) == (
        "ok", "connected", "connected", {"relay": "ok"},
    )  # fmt: skip
    assert isinstance(body["uptime"], float)
    assert set(body["clients"]) == {"pancake", "tpos"}


@pytest.mark.django_db
def test_without_redis_the_house_is_degraded_but_open(client: Client, settings: Settings, tmp_path: object) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    answer = client.get("/health")

    assert (answer.status_code, answer.json()["status"], answer.json()["redis"]) == (200, "degraded", "disconnected")


@pytest.mark.django_db
def test_events_that_nobody_relays_are_told(client: Client) -> None:
    Event.objects.create(name="a", topics=[], payload={}, created_at=timezone.now() - timedelta(minutes=1))

    assert client.get("/health").json()["events"] == {"relay": "late"}


def test_without_the_database_the_house_is_closed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def cursor(self) -> None:
            raise DatabaseError("secret address")

    monkeypatch.setattr(health, "connection", Gone())

    answer = client.get("/health")

    assert (answer.status_code, answer.json()["status"], answer.json()["database"]) == (503, "down", "disconnected")
    assert "secret" not in answer.content.decode()
