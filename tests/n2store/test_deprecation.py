"""v1 says that it is old, and until when it stays."""

from datetime import date

import pytest
from django.test import Client
from rest_framework.test import APIClient

from n2store.deprecation import sunset


@pytest.mark.parametrize("path", ["/api/customer/0909318264", "/api/customer/abc", "/api/nothing"])
def test_every_answer_of_v1_carries_the_three_headers(api: APIClient, path: str) -> None:
    answer = api.get(path)

    assert answer.headers["Deprecation"] == "true"
    assert answer.headers["Sunset"] == "Thu, 20 May 2027 17:00:00 GMT"
    assert answer.headers["Link"] == '</api/v2/>; rel="successor-version"'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/api/v2/customers/0909318264", "/api/auth/login", "/api/docs/", "/health", "/admin/"]
)
def test_nothing_else_does(client: Client, path: str) -> None:
    assert not {"Deprecation", "Sunset", "Link"} & set(client.get(path).headers)


@pytest.mark.parametrize(
    ("on", "months", "ends"),
    [
        (date(2026, 1, 12), 6, "Sat, 11 Jul 2026 17:00:00 GMT"),
        (date(2026, 8, 31), 6, "Sat, 27 Feb 2027 17:00:00 GMT"),
        (date(2026, 12, 1), 1, "Thu, 31 Dec 2026 17:00:00 GMT"),
    ],
)
def test_the_sunset_is_the_midnight_so_many_months_later(on: date, months: int, ends: str) -> None:
    assert sunset(on, months=months) == ends
