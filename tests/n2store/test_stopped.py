"""The pages that somebody is stopped at: in the reader's language, with a way back, and without the database."""

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.test import Client, RequestFactory
from django.utils import translation
from django.views.csrf import csrf_failure

from n2store import problems
from n2store.roles import Role
from tests.factories.staff import logged_in

WAY_BACK = 'href="/admin/"'


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.WAREHOUSE, "/admin/tickets/ticket/settle/"),
        (Role.CUSTOMER_CARE, "/admin/tickets/ticket/settle/"),
        (Role.VIEWER, "/admin/tickets/ticket/add/"),
    ],
)
def test_who_may_not_is_told_so_and_led_back(role: Role, address: str) -> None:
    browser = logged_in(role)

    vietnamese = browser.get(address)
    browser.cookies["django_language"] = "en"
    english = browser.get(address).content.decode()

    assert vietnamese.status_code == 403
    assert "Bạn không có quyền làm việc này" in vietnamese.content.decode()
    assert WAY_BACK in vietnamese.content.decode()
    assert "You may not do this" in english
    assert "Back to the start page" in english


@pytest.mark.django_db
def test_a_page_that_is_none_leads_back_and_an_api_answers_in_json(client: Client) -> None:
    browser = logged_in(Role.OWNER)

    page = browser.get("/admin/khong-co/")

    assert page.status_code == 404
    assert "Không có trang này" in page.content.decode()
    assert WAY_BACK in page.content.decode()
    assert client.get("/api/khong-co").json()["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("vi", ["Đã có lỗi xảy ra", "Không đọc được yêu cầu này", "Trang này đã mở quá lâu"]),
        ("en", ["Something went wrong", "This request could not be read", "This page was open for too long"]),
    ],
)
def test_what_is_broken_is_told_without_the_database(rf: RequestFactory, language: str, said: list[str]) -> None:
    request: HttpRequest = rf.get("/admin/x")
    with translation.override(language):
        answers = [
            problems.server_error(request),
            problems.bad_request(request, SuspiciousOperation("x")),
            csrf_failure(request, reason=REASON_NO_CSRF_COOKIE),
        ]
        pages = [answer.content.decode() for answer in answers]  # type: ignore[attr-defined]

    assert [answer.status_code for answer in answers] == [500, 400, 403]
    for page, sentence in zip(pages, said, strict=True):
        assert sentence in page
        assert WAY_BACK in page
        assert f'<html lang="{language}">' in page
