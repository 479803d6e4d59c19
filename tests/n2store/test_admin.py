"""The admin as a whole: every screen opens, the first one tells how the shop stands, Vietnamese comes first."""

import re

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client

from banking.models import BankTransfer
from n2store.models import Event, JobRun
from n2store.roles import Role
from tests.factories.banking import delivery, post
from tests.factories.staff import logged_in

DASHBOARD_QUERIES = 12  # One of them for all charts, whose figures are kept.

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [model._meta.label_lower for model in admin.site._registry])
def test_every_list_opens(model):
    page = logged_in(None, superuser=True).get(f"/admin/{model.replace('.', '/')}/")

    assert page.status_code == 200


@pytest.mark.parametrize("model", ["auth.user", "auth.group", "django_celery_beat.periodictask", "banking.qrcode"])
def test_every_form_opens(model):
    page = logged_in(None, superuser=True).get(f"/admin/{model.replace('.', '/')}/add/")

    assert page.status_code == 200


@pytest.mark.parametrize(("model", "fields"), [(Event, {"name": "a", "topics": [], "payload": {}}), (JobRun, None)])
def test_not_even_a_superuser_changes_the_houses_books(model, fields):
    row = model.objects.create(**(fields or {"job": "verify", "started_at": "2026-01-16T00:00:00Z"}))
    screen = f"/admin/n2store/{model._meta.model_name}/{row.pk}"
    superuser = logged_in(None, superuser=True)

    assert superuser.get(f"{screen}/change/").status_code == 200
    assert [superuser.post(f"{screen}/{verb}/").status_code for verb in ("change", "delete")] == [403, 403]


def test_the_first_screen_shows_the_beginning_of_an_endless_text():
    post(Client(), delivery(content="x" * 60_000))

    page = logged_in(Role.VIEWER).get("/admin/").content.decode()

    assert len(BankTransfer.objects.get().content) == 60_000
    assert re.findall("x{9,}…", page) == ["x" * 199 + "…", "x" * 99 + "…"]


@pytest.mark.parametrize("count", [1, 3, 20])
@time_machine.travel("2026-01-16T17:30:00Z", tick=False)  # Half past midnight on the 17th in Vietnam.
def test_the_first_screen_tells_of_today_at_a_constant_cost(django_assert_num_queries, count):
    for number in range(count):
        post(Client(), delivery(id=number + 1, transactionDate="2026-01-17 00:10:00", content="khong ro ai"))
    post(Client(), delivery(id=98, transactionDate="2026-01-16 23:59:59"))
    post(Client(), delivery(id=99, transactionDate="2026-01-17 00:20:00", transferType="out"))
    post(Client(), "{}", HTTP_AUTHORIZATION="Apikey wrong")
    viewer = logged_in(Role.VIEWER)
    viewer.get("/admin/")

    with django_assert_num_queries(DASHBOARD_QUERIES):
        shop = viewer.get("/admin/").context["shop"]

    told = {name: shop[name] for name in ("came_in_count", "came_in_vnd", "unlinked_count", "refused_count")}
    assert told == {
        "came_in_count": count, "came_in_vnd": count * 350_000, "unlinked_count": count, "refused_count": 1,
    }  # fmt: skip


def test_the_first_screen_says_when_live_events_stand_still():
    viewer = logged_in(Role.VIEWER)
    Event.objects.create(name="a", topics=[], payload={}, created_at="2026-01-16T00:00:00Z")

    standing = viewer.get("/admin/").context["shop"]["relay_late"]
    Event.objects.update(position=1)

    assert (standing, viewer.get("/admin/").context["shop"]["relay_late"]) == (True, False)


def test_somebody_without_a_role_sees_no_figures():
    post(Client(), delivery(content="khong ro ai"))

    page = logged_in(None).get("/admin/").content.decode()

    assert "chưa có vai trò" in page
    assert "350.000" not in page


def test_the_menu_offers_only_what_one_may_open():
    viewer, superuser = logged_in(Role.VIEWER), logged_in(None, superuser=True)

    offered = [client.get("/admin/").content.decode() for client in (viewer, superuser)]

    assert ["/admin/customers/customer/" in page for page in offered] == [True, True]
    assert ["/admin/auth/user/" in page for page in offered] == [False, True]


def test_vietnamese_comes_first_whatever_the_browser_prefers(client):
    page = client.get("/admin/login/", headers={"Accept-Language": "en-US,en;q=0.9"})

    assert page.headers["Content-Language"] == "vi"
    assert "Đăng nhập" in page.content.decode()


@pytest.mark.parametrize(("chosen", "shown"), [("en", "en"), ("vi", "vi"), ("xx", "vi"), ("../etc", "vi")])
def test_the_chosen_language_stays(client, chosen, shown):
    client.cookies["django_language"] = chosen

    assert client.get("/admin/login/").headers["Content-Language"] == shown


def test_the_switch_changes_the_language(client):
    client.post("/i18n/setlang/", {"language": "en", "next": "/admin/login/"})

    assert "Log in" in client.get("/admin/login/").content.decode()


def test_a_login_without_a_destination_leads_to_the_first_screen(client):
    User.objects.create_user("owner", password="secret-enough", is_staff=True)
    form = client.get("/admin/login/")

    answer = client.post(
        "/admin/login/", {"username": "owner", "password": "secret-enough", "next": form.context["next"]}
    )

    assert 'name="next" value="/admin/" form="login-form"' in form.content.decode()
    assert answer.headers["Location"] == "/admin/"


def test_the_three_desks_stand_in_one_menu():
    """Customers, tickets and transfers: what were three sites."""
    desk = logged_in(Role.ACCOUNTANT)

    page = desk.get("/admin/").content.decode()

    for path in ("/admin/customers/customer/", "/admin/tickets/ticket/", "/admin/banking/banktransfer/"):
        assert f'href="{path}' in page
        assert desk.get(path).status_code == 200
