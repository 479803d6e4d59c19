"""What staff do at a customer's screen: notes, names, history, finding as one types, and what keeps it live."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

import customers
import wallets
from customers.console import finder, history, palette
from customers.events import CustomerUpdated, TierChanged
from customers.models import Activity, Customer, Note
from customers.operations import add_alias, add_note, get_or_create_customer
from customers.screens import LIVE_EVENTS, SILENT_EVENTS
from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.staff import logged_in
from wallets.models import CreditSource
from wallets.operations import issue_credit

LIST = "/admin/customers/customer/"
NOTE_WRITERS = {Role.OWNER, Role.CUSTOMER_CARE, Role.ACCOUNTANT, Role.WAREHOUSE}

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return someone()


def someone(number: int = 0, name: str = "Chị Hoa") -> Customer:
    return get_or_create_customer(phone=f"09{number:08}", name=name, by="test")[0]


def screen(customer: Customer, page: str = "change/") -> str:
    return f"{LIST}{customer.pk}/{page}"


def names_on(page: Any) -> list[str]:
    return re.findall(r'<th [^>]*class="field-name.*?<a [^>]*>(.*?)</a>', page.content.decode())


@pytest.mark.parametrize("role", Role)
def test_everybody_but_the_viewer_writes_notes(customer, role):
    client = logged_in(role)

    client.post(screen(customer, "notes/add/"), {"content": "Gọi trước", "category": "warning", "pinned": "on"})

    assert Note.objects.count() == (role in NOTE_WRITERS)
    assert ('id="n2-note"' in client.get(screen(customer)).content.decode()) == (role in NOTE_WRITERS)


def test_a_note_is_on_the_screen_pinned_ones_first(customer):
    client = logged_in(Role.CUSTOMER_CARE)
    for content, pinned in (("một", {}), ("hai", {"pinned": "on"}), ("ba", {})):
        client.post(screen(customer, "notes/add/"), {"content": content} | pinned)

    shown = client.get(screen(customer, "live/")).context["notes"]

    assert [(note.content, note.pinned, note.actor) for note, _may in shown] == [
        ("hai", True, "staff-customer_care"),
        ("ba", False, "staff-customer_care"),
        ("một", False, "staff-customer_care"),
    ]


def test_a_note_is_pinned_and_unpinned(customer):
    note = add_note(customer=customer, content="x", by="test")
    client = logged_in(Role.WAREHOUSE)

    states = []
    for pinned in ("1", "0"):
        client.post(screen(customer, f"notes/{note.pk}/pin/"), {"pinned": pinned})
        states.append(Note.objects.get().pinned)

    assert states == [True, False]


@pytest.mark.parametrize(
    ("role", "actor", "gone"),
    [
        (Role.WAREHOUSE, "staff-warehouse", True),
        (Role.WAREHOUSE, "somebody", False),
        (Role.OWNER, "somebody", True),
        (Role.VIEWER, "staff-viewer", False),
    ],
)
def test_one_deletes_ones_own_notes_and_the_owner_every_one(customer, role, actor, gone):
    note = add_note(customer=customer, content="x", by=actor)
    client = logged_in(role)

    offered = f"notes/{note.pk}/delete/" in client.get(screen(customer)).content.decode()
    answer = client.post(screen(customer, f"notes/{note.pk}/delete/"))

    assert (offered, Note.objects.count() == 0, answer.status_code) == (gone, gone, 302 if gone else 403)
    assert AuditLog.objects.filter(outcome="refused", code="PERMISSION_DENIED").exists() != gone


def test_a_note_of_another_customer_is_a_404(customer):
    note = add_note(customer=someone(1), content="x", by="test")

    answer = logged_in(Role.OWNER).post(screen(customer, f"notes/{note.pk}/delete/"))

    assert (answer.status_code, Note.objects.count()) == (404, 1)


@pytest.mark.parametrize("given", [{}, {"content": "  "}, {"content": "x", "category": "y"}, {"content": "x" * 5_001}])
def test_a_note_that_cannot_stand_is_refused_with_a_sentence(customer, given):
    client = logged_in(Role.CUSTOMER_CARE)

    page = client.post(screen(customer, "notes/add/"), given, follow=True)

    assert Note.objects.count() == 0
    assert [message.level_tag for message in page.context["messages"]] == ["error"]


@pytest.mark.parametrize("role", Role)
def test_names_are_added_and_taken_away_by_those_who_write_profiles(customer, role):
    client = logged_in(role)
    may = role in NOTE_WRITERS - {Role.WAREHOUSE}
    add_alias(customer=customer, alias="Hoa Lan", by="test")

    client.post(screen(customer, "names/add/"), {"alias": "Hoa Hồng"})
    client.post(screen(customer, "names/remove/"), {"alias": "Hoa Lan"})

    assert Customer.objects.get().aliases == (["Hoa Hồng"] if may else ["Hoa Lan"])
    assert ("n2-alias" in client.get(screen(customer)).content.decode()) == may


@pytest.mark.parametrize("page", ["notes/add/", "notes/1/pin/", "notes/1/delete/", "names/add/", "names/remove/"])
def test_acts_are_posted_with_a_login_and_a_form_of_ours(customer, page):
    client = logged_in(Role.OWNER)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    assert client.get(screen(customer, page)).status_code == 405
    assert strict.post(screen(customer, page), {"content": "x", "alias": "x"}).status_code == 403
    assert Client().post(screen(customer, page)).headers["Location"].startswith("/admin/login/")


def test_what_staff_write_is_shown_and_never_run(customer):
    evil = '<img src=x onerror=alert(1)>"'
    add_note(customer=customer, content=evil, by=evil)
    add_alias(customer=customer, alias=evil, by="test")

    assert "<img src=x" not in logged_in(Role.OWNER).get(screen(customer)).content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["c", "b", "a"]),
        ({"type": "NOTE_ADDED"}, ["b"]),
        ({"actor": "lan"}, ["c", "b"]),
        ({"from": "2026-01-17"}, ["c"]),
        ({"to": "2026-01-16"}, ["b", "a"]),
        ({"type": "x", "from": "x", "before": "x", "actor": " "}, ["c", "b", "a"]),
    ],
)
def test_the_history_is_narrowed_by_type_person_and_vietnam_days(customer, asked, found):
    Activity.objects.all().delete()
    for title, type, actor, at in (
        ("a", "PROFILE_UPDATED", "mai", "2026-01-15T05:00:00Z"),
        ("b", "NOTE_ADDED", "lan", "2026-01-16T05:00:00Z"),
        ("c", "PROFILE_UPDATED", "lan", "2026-01-16T17:30:00Z"),
    ):
        Activity.objects.create(customer=customer, title=title, type=type, actor=actor, created_at=at)

    shown = logged_in(Role.VIEWER).get(screen(customer, "activity/"), asked).context["activities"]

    assert [row.title for row in shown] == found


def test_older_history_is_loaded_page_by_page_at_a_constant_cost(customer, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(history, "ROWS_PER_PAGE", 2)
    Activity.objects.all().delete()
    for number in range(5):
        Activity.objects.create(customer=customer, title=str(number), type="NOTE_ADDED")
    viewer = logged_in(Role.VIEWER)

    pages, query = [], ""
    while True:
        with django_assert_num_queries(7):
            answer = viewer.get(screen(customer, f"activity/?{query}"))
        pages.append([row.title for row in answer.context["activities"]])
        query = answer.context["more"]
        if not query:
            break

    assert pages == [["4", "3"], ["2", "1"], ["0"]]


@pytest.mark.parametrize("asked", [{}, {"q": "chi hoa"}, {"status": "Bình thường"}, {"q": "chi", "tier": "new"}])
def test_one_comes_to_every_customer_by_scrolling_and_meets_nobody_twice(monkeypatch, asked):
    monkeypatch.setattr(finder, "ROWS_PER_PAGE", 2)
    made = {someone(number, f"Chị Hoa {number}").name for number in range(5)}
    viewer = logged_in(Role.VIEWER)

    names, cursor = [], ""
    while True:
        answer = viewer.get(LIST, asked | {"after": cursor, "part": "rows"})
        names += names_on(answer)
        cursor = answer.context["found"].cursor
        if not cursor:
            break

    assert sorted(names) == sorted(made)


def test_as_one_types_only_the_rows_are_sent():
    someone()

    rows = logged_in(Role.VIEWER).get(LIST, {"q": "hoa", "part": "rows"}).content.decode()

    assert "<html" not in rows
    assert "Chị Hoa" in rows


@pytest.mark.parametrize("text", ["h", "'", "\x00\x00", "%%", "x" * 300, "12-", "\ud83d"])
def test_a_search_for_nothing_sensible_finds_nobody_and_breaks_nothing(text):
    someone()

    answer = logged_in(Role.VIEWER).get(LIST, {"q": text.encode("utf-8", "replace").decode(), "after": "1-1-1"})

    assert (answer.status_code, names_on(answer)) == (200, [])


def test_credit_that_ran_out_is_not_in_the_list(customer):
    issue_credit(
        customer=customer, amount_vnd=5_000, key="a", source_type=CreditSource.PROMOTION,
        at=timezone.now() - timedelta(days=20), by="test",
    )  # fmt: skip

    (shown,) = logged_in(Role.VIEWER).get(LIST).context["found"].rows

    assert (shown.real_vnd, shown.virtual_vnd, shown.total_vnd) == (0, 0, 0)


def announced() -> set[str]:
    """Return the names of all events that customers and wallets write, from SQL and from Python."""
    names = {CustomerUpdated.name, TierChanged.name}
    for app in (customers, wallets):
        for file in Path(app.__path__[0], "sql").glob("*.sql"):
            names |= set(re.findall(r"'((?:wallet|customer)\.[a-z_]+)'", file.read_text(encoding="utf-8")))
    return names


def test_the_screen_hears_everything_that_changes_it():
    assert len(announced()) >= 8
    assert announced() - set(LIVE_EVENTS) - set(SILENT_EVENTS) == set()
    assert set(LIVE_EVENTS) & set(SILENT_EVENTS) == set()


@pytest.mark.parametrize(("role", "titles"), [(Role.VIEWER, ["Chị Hoa"]), (None, [])])
def test_the_search_box_of_every_screen_finds_customers_for_those_who_may_see_them(customer, rf, role, titles):
    request = rf.get("/admin/search/")
    request.user = User.objects.get(pk=logged_in(role).session["_auth_user_id"])

    assert [result.title for result in palette.found(request, "chi hoa")] == titles
