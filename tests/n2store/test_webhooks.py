"""The short way of webhooks: the same answers, without what is for browsers."""

import pytest
from django.test import Client
from django.urls import resolve
from pytest_django import Settings

from tests.factories.banking import delivery, post


def test_every_short_way_leads_to_a_view(settings: Settings) -> None:
    for path in settings.WEBHOOK_PATHS:
        assert resolve(path).kwargs == {}


@pytest.mark.django_db
def test_a_delivery_is_answered_with_its_length_and_without_a_session(client: Client) -> None:
    answer = post(client, delivery())

    assert answer.status_code == 200
    assert int(answer["Content-Length"]) == len(answer.content)
    assert not answer.cookies
    assert not hasattr(answer.wsgi_request, "session")


def test_a_foreign_host_is_refused(client: Client) -> None:
    assert post(client, delivery(), HTTP_HOST="elsewhere.example").status_code == 400


def test_other_addresses_go_the_long_way(client: Client) -> None:
    assert "X-Frame-Options" in client.get("/api/sepay/ping")


@pytest.mark.django_db
def test_a_bug_in_the_view_is_a_500_without_its_text(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("banking.operations.take_sepay_notice", fail)
    client.raise_request_exception = False

    answer = post(client, delivery())

    assert answer.status_code == 500
    assert b"secret" not in answer.content
