"""Whoever guesses passwords is stopped, and nobody else is."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from n2store.front import told_by_the_front
from n2store.models import AuditLog, Outcome
from n2store.roles import Role

NAME, PASSWORD, WRONG = "lan", "dung-mat-khau-that", "sai"
HERE, THERE = "203.0.113.7", "198.51.100.9"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> None:
    settings.AXES_ENABLED, settings.AXES_FAILURE_LIMIT, settings.LOGIN_LOCKED_MINUTES = True, 3, 15


@pytest.fixture(autouse=True)
def lan() -> User:
    return staff(Role.CUSTOMER_CARE, username=NAME)


def staff(role: Role, *, username: str) -> User:
    user = User.objects.create_user(username=username, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    return user


def login(password: str = PASSWORD, *, name: str = NAME, address: str = HERE) -> Any:
    given = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/api/auth/login", given, content_type="application/json")


def form(password: str = PASSWORD, *, address: str = HERE) -> Any:
    return Client(REMOTE_ADDR=address).post("/admin/login/", {"username": NAME, "password": password})


def guess(times: int) -> list[int]:
    return [login(f"{WRONG}{number}").status_code for number in range(times)]


def test_after_some_wrong_passwords_the_right_one_is_refused_too() -> None:
    assert guess(3) == [401, 401, 429]

    answer = login()

    body = answer.json()
    assert (answer.status_code, body["code"], answer["Retry-After"]) == (429, "LOGIN_LOCKED", "900")
    assert "15 phút" in body["message"]
    assert "token" not in body


def test_the_name_is_open_elsewhere_and_others_are_open_here() -> None:
    staff(Role.OWNER, username="chu")
    guess(4)

    assert login(address=THERE).status_code == 200
    assert login(name="chu").status_code == 200
    assert form(address=THERE).status_code == 302


def test_it_opens_again_after_a_while() -> None:
    begun: datetime = timezone.now()
    with time_machine.travel(begun, tick=False):
        guess(3)
        assert login().status_code == 429
    with time_machine.travel(begun + timedelta(minutes=16), tick=False):
        assert login().status_code == 200


def test_a_new_password_opens_it_at_once(lan: User) -> None:
    guess(3)

    lan.set_password("mat-khau-moi-cua-lan")
    lan.save()

    assert login("mat-khau-moi-cua-lan").status_code == 200


def test_a_right_password_forgets_the_wrong_ones() -> None:
    guess(2)
    assert login().status_code == 200

    assert guess(2) == [401, 401]


def test_the_admin_says_it_on_a_page_and_lets_nobody_in() -> None:
    pages = [form(WRONG) for _ in range(3)]
    assert [page.status_code for page in pages] == [200, 200, 429]

    page = form()

    said = page.content.decode()
    assert (page.status_code, page["Retry-After"]) == (429, "900")
    assert "Sai mật khẩu quá nhiều lần" in said
    assert "sessionid" not in str(page.cookies)
    assert PASSWORD not in said


def test_both_doors_count_together() -> None:
    guess(2)

    assert form(WRONG).status_code == 429


def test_that_a_name_was_closed_is_kept() -> None:
    guess(3)

    row = AuditLog.objects.get(code="LOGIN_LOCKED")
    assert (row.actor, row.outcome, row.address) == (NAME, Outcome.REFUSED, HERE)


@pytest.mark.parametrize(("seen", "said", "counts"), [("", HERE, HERE), (THERE, HERE, THERE), ("", "", "")])
def test_the_front_is_believed_only_where_a_server_sees_nobody_itself(seen: str, said: str, counts: str) -> None:
    told: list[str] = []

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        told.append(environ["REMOTE_ADDR"])
        return []

    told_by_the_front(application)({"REMOTE_ADDR": seen, "HTTP_X_REAL_IP": said}, lambda *_: None)

    assert told == [counts]


def test_what_was_guessed_is_kept_nowhere() -> None:
    guess(2)
    form(f"{WRONG}0")

    kept = AccessAttempt.objects.values_list()
    assert kept
    assert f"{WRONG}0" not in str(list(kept))
