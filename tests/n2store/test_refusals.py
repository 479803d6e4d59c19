"""What a refusal says, and that it is kept."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client
from django.utils import translation
from knox.models import get_token_model
from rest_framework.test import APIClient

from customers.operations import get_or_create_customer, update_profile
from n2store import audit
from n2store.errors import DomainError, NotAllowed, NotFound
from n2store.messages import MESSAGES, message_of
from n2store.models import AuditLog
from n2store.refused import refusal_told
from n2store.roles import Role
from n2store.tokens import RememberedToken
from tests.factories.staff import logged_in


def test_a_refusal_speaks_to_programs_to_programmers_and_to_staff(api: APIClient, settings: Any) -> None:
    said = api.get("/api/customer/abc").json()
    settings.LANGUAGE_CODE = "en"
    english = api.get("/api/customer/abc").json()

    assert (said["code"], said["error"]) == ("INVALID_PHONE", "Invalid phone number")
    assert said["message"] == "Số điện thoại không hợp lệ. Phải bắt đầu bằng 0 và có 10 số."
    assert english["message"] == "The phone number is not valid. It begins with 0 and has 10 digits."


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "code", "error", "message"),
    [
        ("PUT", "/api/customer-search-v2", b"{}", "application/json", "METHOD_NOT_ALLOWED",
         'Method "PUT" not allowed.', "Địa chỉ này không hỗ trợ thao tác đó."),
        ("POST", "/api/customer-search-v2", b"x", "text/plain", "UNSUPPORTED_MEDIA_TYPE",
         'Unsupported media type "text/plain" in request.', "Yêu cầu không đúng định dạng. Hãy gửi JSON."),
        ("POST", "/api/customer-search-v2", b"{", "application/json", "PARSE_ERROR",
         "SyntaxError",
         "Không đọc được yêu cầu."),
    ],
)  # fmt: skip
def test_what_the_framework_refuses_is_english_for_programmers_and_vietnamese_for_staff(
    api: APIClient, method: str, path: str, body: bytes, kind: str, code: str, error: str, message: str
) -> None:
    said = api.generic(method, path, body, content_type=kind).json()

    assert (said["code"], said["error"], said["message"]) == (code, error, message)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "code", "error"),
    [
        ({}, "AUTH_REQUIRED", "Authentication credentials were not provided."),
        ({"Authorization": "Token abc"}, "AUTH_EXPIRED", "Incorrect authentication credentials."),
        ({"Authorization": "Token"}, "AUTH_EXPIRED", "Incorrect authentication credentials."),
    ],
)
def test_who_is_not_logged_in_is_told_in_english_too(
    client: Client, headers: dict[str, str], code: str, error: str
) -> None:
    said = client.get("/api/customer/0909318264", headers=headers).json()

    assert (said["code"], said["error"]) == (code, error)


def test_who_may_not_is_told_in_english_too(as_role: Any) -> None:
    said = as_role(Role.VIEWER).put("/api/customer/0909318264", {}, format="json").json()

    assert said["error"] == "You do not have permission to perform this action."
    assert said["message"] == "Bạn không có quyền thực hiện thao tác này. Liên hệ Admin nếu cần."


def _refusals(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _refusals(below)


def test_every_refusal_of_customers_and_wallets_has_words_for_staff_in_both_languages() -> None:
    ours = {"customers", "wallets", "proxy"}
    codes = {kind.code for kind in _refusals() if kind.__module__.split(".")[0] in ours and "code" in vars(kind)}

    assert sorted(codes - MESSAGES.keys()) == []
    with translation.override("vi"):
        vietnamese = {code: str(MESSAGES[code]) for code in codes}
    with translation.override("en"):
        assert [code for code in codes if vietnamese[code] == str(MESSAGES[code])] == []


def test_a_message_that_lacks_its_figures_falls_back_to_the_sentence() -> None:
    assert message_of("AMOUNT_EXCEED_LIMIT", "Too much", {}) == "Too much"
    assert message_of("UNHEARD_OF", "Plain words", {}) == "Plain words"
    assert "5 ₫" in message_of("AMOUNT_EXCEED_LIMIT", "Too much", {"limit": "5 ₫"})
    assert all(code == code.upper() for code in MESSAGES)


def test_who_was_refused_a_change_is_kept_and_who_only_looked_is_not(as_role: Any) -> None:
    viewer = as_role(Role.VIEWER)
    viewer.get("/api/customer/abc")
    assert AuditLog.objects.count() == 0

    viewer.post("/api/auth/logout/nothing")
    viewer.delete("/api/v2/balance-history")
    row = AuditLog.objects.get()
    assert (row.actor, row.action, row.outcome, row.code) == (
        "user-viewer", "DELETE /api/v2/balance-history", "refused", "METHOD_NOT_ALLOWED",
    )  # fmt: skip
    assert row.address == "127.0.0.1"
    assert "DELETE" in row.detail


def test_a_look_that_is_not_theirs_is_kept(as_role: Any) -> None:
    as_role(None).get("/api/v2/balance-history")

    assert AuditLog.objects.get().code == "PERMISSION_DENIED"


@pytest.mark.django_db
def test_strangers_leave_nothing_in_the_log(client: Client) -> None:
    client.post("/api/v2/balance-history", {}, content_type="application/json")

    assert AuditLog.objects.count() == 0


@pytest.mark.django_db
def test_the_log_is_written_once() -> None:
    audit.record(actor="chu", action="x" * 300, subject="customer:1", before={"name": "A"}, after={"name": "B"})

    with pytest.raises(IntegrityError), transaction.atomic():
        AuditLog.objects.update(actor="ai")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditLog.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_no_column_takes_is_marked(text: str) -> None:
    audit.record(actor="chu", action=text, detail=text)

    row = AuditLog.objects.get()
    assert row.action == row.detail == "a\ufffdb"


@pytest.mark.django_db
def test_the_log_is_read_in_the_admin() -> None:
    audit.record(actor="chu", action="customer.update", subject="customer:1", before={"name": "A"}, after={"name": "B"})
    browser = logged_in(Role.OWNER)
    row = AuditLog.objects.get()

    for address in ("", "?q=customer:1", "?q=chu", f"{row.pk}/change/"):
        assert b"customer.update" in browser.get(f"/admin/n2store/auditlog/{address}").content
    assert b"customer.update" not in browser.get("/admin/n2store/auditlog/?q=customer:2").content
    assert browser.post(f"/admin/n2store/auditlog/{row.pk}/delete/", {"post": "yes"}).status_code == 403


class TestRememberedLogin:
    @pytest.fixture
    def headers(self, db: None) -> dict[str, str]:
        user = User.objects.create_user("may")
        user.groups.add(Group.objects.get(name="owner"))
        return {"Authorization": f"Token {get_token_model().objects.create(user=user)[1]}"}

    def test_a_token_is_looked_up_once_a_moment(
        self, client: Client, headers: dict[str, str], django_assert_num_queries: Any
    ) -> None:
        client.get("/api/customer/abc", headers=headers)

        with django_assert_num_queries(0):
            assert client.get("/api/customer/abc", headers=headers).status_code == 400

    def test_a_moment_later_it_is_looked_up_again(
        self, client: Client, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("n2store.tokens.REMEMBERED_S", 0.0)
        client.get("/api/customer/abc", headers=headers)
        get_token_model().objects.all()._raw_delete("default")  # As another process would: no signal here.

        assert client.get("/api/customer/abc", headers=headers).status_code == 401

    @pytest.mark.parametrize("change", ["token", "user", "role"])
    def test_a_change_is_felt_at_once(self, client: Client, headers: dict[str, str], change: str) -> None:
        assert client.get("/api/customer/abc", headers=headers).status_code == 400
        user = User.objects.get(username="may")
        if change == "token":
            get_token_model().objects.get().delete()
        elif change == "user":
            user.is_active = False
            user.save()
        else:
            user.groups.clear()

        assert client.get("/api/customer/abc", headers=headers).status_code == (403 if change == "role" else 401)

    def test_no_more_logins_are_remembered_than_fit(
        self, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("n2store.tokens.REMEMBERED_MAX", 1)
        text = headers["Authorization"].removeprefix("Token ").encode()
        for _ in range(2):
            user, _token = RememberedToken().authenticate_credentials(text)
            get_token_model().objects.create(user=user)

        assert user.get_username() == "may"


@pytest.mark.django_db
def test_the_log_says_actions_and_refusals_in_the_readers_words_and_leads_to_the_customer() -> None:
    customer, _ = get_or_create_customer(phone="0909318264", by="test")
    update_profile(customer_id=customer.pk, changes={"name": "Hoa"}, by="<b>lan")
    audit.record(actor="kho", action="POST /x", subject="pending:1", outcome="refused", code="PERMISSION_DENIED")
    client = logged_in(Role.VIEWER)

    vietnamese = client.get("/admin/n2store/auditlog/").content.decode()
    client.cookies["django_language"] = "en"
    english = client.get("/admin/n2store/auditlog/").content.decode()

    assert all(text in vietnamese for text in ("Sửa hồ sơ", "Bạn không có quyền", "pending:1", "&lt;b&gt;lan"))
    assert f'href="/admin/customers/customer/{customer.pk}/changes/"' in vietnamese
    assert all(text in english for text in ("Profile changed", "You may not do this."))


@pytest.fixture
def pressed(rf: Any, db: None) -> Any:
    """Return a request of somebody who pressed a button."""
    request = rf.post("/admin/somewhere/")
    request.user = User.objects.create_user(username="lan")
    request._messages = CookieStorage(request)
    return request


def test_a_refused_press_is_told_on_the_next_page_and_kept(pressed: Any) -> None:
    with refusal_told(pressed, "thing:1"):
        raise DomainError("Too late.")

    assert [(each.level_tag, each.message) for each in pressed._messages] == [("error", "Too late.")]
    assert list(AuditLog.objects.values_list("actor", "action", "subject", "outcome", "code", "detail")) == [
        ("lan", "POST /admin/somewhere/", "thing:1", "refused", DomainError.code, "Too late."),
    ]


@pytest.mark.parametrize(
    ("refusal", "pages", "page"),
    [
        (NotAllowed("You may not."), {}, PermissionDenied),
        (NotFound("There is none."), {"pages": (403, 404)}, Http404),
    ],
)
def test_a_refusal_with_a_page_of_its_own_leads_there_and_is_kept(
    pressed: Any, refusal: DomainError, pages: Any, page: type[Exception]
) -> None:
    with pytest.raises(page), refusal_told(pressed, "thing:1", **pages):
        raise refusal

    assert (list(pressed._messages), AuditLog.objects.get().code) == ([], refusal.code)


def test_what_is_no_refusal_is_not_hidden(pressed: Any) -> None:
    with pytest.raises(ZeroDivisionError), refusal_told(pressed, "thing:1"):
        1 / 0  # noqa: B018

    assert (list(pressed._messages), AuditLog.objects.count()) == ([], 0)
