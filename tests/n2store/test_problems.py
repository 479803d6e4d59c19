"""Refusals in one form: a sentence, a stable code, and never the text of an exception."""

import pytest
from django.test import Client, RequestFactory

from n2store import problems


@pytest.mark.django_db
def test_a_body_beyond_every_bound_is_a_413(client: Client) -> None:
    answer = client.post("/api/auth/login", b"x" * 1_100_000, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"{", b"\xff", b"NaN", b"[" * 100_000])
def test_malformed_json_is_a_400_with_a_code(client: Client, body: bytes) -> None:
    answer = client.post("/api/auth/login", body, content_type="application/json")

    assert (answer.status_code, answer.json()["success"], answer.json()["code"]) == (400, False, "PARSE_ERROR")


def test_a_foreign_host_is_refused(client: Client) -> None:
    answer = client.get("/health", headers={"Host": "evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(("path", "kind"), [("/api/x", "application/json"), ("/admin/x", "text/html; charset=utf-8")])
def test_a_bug_says_nothing_of_itself(rf: RequestFactory, path: str, kind: str) -> None:
    answer = problems.server_error(rf.get(path))

    assert (answer.status_code, answer["Content-Type"]) == (500, kind)
