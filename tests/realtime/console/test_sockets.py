"""The page of sockets: how accounts stand, who may start and stop, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from n2store.models import AuditLog, Event
from n2store.roles import Role
from n2store.simulator.pancake import PAGES, TOKEN, PancakeSocket
from proxy.sealing import seal
from realtime.console import frames_told
from realtime.console.reasons_told import reason_told
from realtime.frames import Provider
from realtime.models import Account, AccountState, Frame, FrameKind, Lease, PageSilence
from realtime.upstream import lease
from realtime.upstream.state import Phase
from tests.factories.staff import logged_in
from tests.processes import wait_until
from tests.realtime.upstream.conftest import new_holder, pancake  # noqa: F401 -- fixtures
from tests.realtime.upstream.holders import PATIENCE_S, start_pancake, wait_for, wait_joined

SOCKETS = "/admin/realtime/account/"
PAGE = "100000000000101"


@pytest.fixture
def care(db: None) -> Client:
    return logged_in(Role.CUSTOMER_CARE)


def account(owner: str = "u-1", *, provider: Provider = Provider.PANCAKE, pages: tuple[str, ...] = (PAGE,)) -> Account:
    return Account.objects.create(
        provider=provider, owner=owner, page_ids=list(pages), sealed=seal({"token": TOKEN}), changed_by="hoa"
    )


def seen(row: Account, phase: Phase, *, pages: dict[str, Any] | None = None, **more: Any) -> AccountState:
    detail = {"pages": pages} if pages is not None else {}
    return AccountState.objects.create(
        account=row, revision=row.revision, phase=phase, joined=phase is Phase.JOINED, detail=detail, **more
    )


def hold() -> None:
    now = timezone.now()
    Lease.objects.create(
        name=lease.NAME, holder="may-1:42:ab", term=1, since=now, renewed_at=now, until=now + timedelta(hours=1)
    )


def failing(key: str, *, ago: timedelta = timedelta(), event: str = "on-events") -> Frame:
    return Frame.objects.create(
        provider="tpos", event=event, payload="1", key=key, error="KeyError: 'Message'",
        received_at=timezone.now() - ago,
    )  # fmt: skip


def badge_of(client: Client) -> Any:
    items = [item for group in client.get("/admin/").context["sidebar_navigation"] for item in group["items"]]
    return next(item for item in items if item["link"] == SOCKETS).get("badge")


def line(client: Client) -> Any:
    [found] = client.get(SOCKETS).context["lines"]
    return found


@pytest.mark.parametrize(
    ("phase", "more", "told", "alarm"),
    [
        (Phase.JOINED, {}, "Đã kết nối", False),
        (Phase.CONNECTING, {}, "Đang kết nối", False),
        (Phase.OPEN, {}, "Đã kết nối nhưng chưa được vào", False),
        (Phase.REFUSED, {"error": "a reason that nobody knows"}, "Bị từ chối đăng nhập", True),
        (Phase.BROKEN, {"error": "another one"}, "Không mở được", True),
    ],
)
def test_each_state_is_told_in_words(care: Client, phase: Phase, more: Any, told: str, alarm: bool) -> None:
    hold()
    seen(account(), phase, pages={PAGE: {"state": "joined", "reason": ""}}, **more)

    with translation.override("vi"):
        found = line(care)

    assert (found.told, found.is_alarm, found.error) == (told, alarm, more.get("error", ""))
    assert badge_of(care) == (1 if alarm else None)
    assert more.get("error", "may-1:42:ab") in care.get(SOCKETS).content.decode()


def test_a_broken_connection_says_when_it_is_tried_again(care: Client) -> None:
    hold()
    at = timezone.now().replace(hour=7, minute=35)
    seen(account(), Phase.WAITING, error="No frame for 45 s.", attempts=3, next_try_at=at)

    with translation.override("vi"):
        html = care.get(SOCKETS).content.decode()

    assert "Chờ đến 14:35" in html
    assert "Không có gì về trong 45 giây." in html
    assert "<dd>3</dd>" in html


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Pancake refuses the login: unauthorized", "Bên kia trả lời: unauthorized"),
        ("The handshake was answered with 503.", "Bên kia trả lời HTTP 503."),
        ("The connection was closed (1006).", "Bên kia đóng kết nối (1006)."),
        ("No connection: TimeoutError.", "Không kết nối được tới bên kia (TimeoutError)."),
        ("A fault of ours: ValueError.", "A fault of ours: ValueError."),
        ("Pancake refuses the login: 100 %(x)s", "Bên kia trả lời: 100 %(x)s"),
    ],
)
def test_reasons_are_told_in_the_readers_language(reason: str, told: str) -> None:
    with translation.override("vi"):
        assert reason_told(reason) == told


def test_a_page_that_is_left_out_is_named_with_its_reason(care: Client) -> None:
    hold()
    states = {PAGE: {"state": "joined", "reason": ""}, "202": {"state": "left_out", "reason": "Gói cước hết hạn"}}
    seen(account(pages=(PAGE, "202")), Phase.JOINED, pages=states)

    with translation.override("vi"):
        found = line(care)

    assert (found.told, found.connected, found.is_alarm) == ("Đã kết nối, 1 trang bị bỏ ra", True, True)
    assert [(page.id, page.state, page.reason) for page in found.pages] == [
        (PAGE, "joined", ""), ("202", "left_out", "Gói cước hết hạn"),
    ]  # fmt: skip
    assert badge_of(care) == 1


def test_without_a_holder_nothing_is_connected_whatever_was_seen(care: Client) -> None:
    seen(account(), Phase.JOINED, pages={PAGE: {"state": "joined", "reason": ""}})

    with translation.override("vi"):
        found = line(care)

    assert (found.told, found.connected, found.is_alarm) == ("Không có tiến trình nào giữ", False, True)
    assert badge_of(care) == 1


def test_what_nobody_wants_is_no_alarm(care: Client) -> None:
    row = account()
    seen(row, Phase.REFUSED, error="x")
    Account.objects.update(wanted=False)

    assert (line(care).is_alarm, line(care).phase, badge_of(care)) == (False, "off", None)


def test_a_silent_page_is_told_although_its_socket_looks_well(care: Client) -> None:
    hold()
    seen(account(), Phase.JOINED, pages={PAGE: {"state": "joined", "reason": ""}})
    since = timezone.now() - timedelta(hours=2)
    PageSilence.objects.create(page_id=PAGE, since=since, usual_s=600, noticed_at=timezone.now())
    PageSilence.objects.create(page_id="9", since=since, usual_s=60, noticed_at=since, ended_at=timezone.now())

    html = care.get(SOCKETS).content.decode()

    assert f'data-silent="{PAGE}"' in html
    assert 'data-silent="9"' not in html
    assert (line(care).is_alarm, badge_of(care)) == (True, 1)


def test_each_page_shows_its_newest_frame(care: Client) -> None:
    account(pages=(PAGE, "202"))
    now = timezone.now()
    for number in range(3):
        Frame.objects.create(
            provider="pancake", event="e", page_id=PAGE, payload="1", key=f"k{number}",
            received_at=now - timedelta(minutes=number),
        )  # fmt: skip

    assert [page.last_at for page in line(care).pages] == [now, None]


def test_frames_are_counted_by_kind_the_unknown_ones_first(care: Client) -> None:
    FrameKind.objects.create(provider="pancake", event="pages:update_conversation", count=70)
    FrameKind.objects.create(provider="pancake", event="pages:strange", count=2, known=False)

    found = care.get(SOCKETS)

    assert [kind.event for kind in found.context["kinds"]] == ["pages:strange", "pages:update_conversation"]
    assert 'data-kind="pages:strange"' in found.content.decode()


def test_what_was_not_understood_is_counted_with_the_command_that_replays_it(
    care: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.console.frames_told.FAILED_COUNTED_MAX", 2)
    assert frames_told.failed() is None
    oldest = failing("a", ago=timedelta(days=1))
    failing("b")
    failing("c", event="join")

    found = frames_told.failed()

    assert found is not None
    assert (found.count, found.more, len(found.newest)) == (2, True, 2)
    assert sorted(found.kinds) == [("tpos", "join", 1), ("tpos", "on-events", 1)]
    Frame.objects.exclude(pk=oldest.pk).delete()
    html = care.get(SOCKETS).content.decode()
    assert "manage.py inbox_replay --source frames --since" in html
    assert "KeyError" in html


def test_no_page_shows_a_login(care: Client) -> None:
    row = account()
    pages = [care.get(SOCKETS), care.get(f"{SOCKETS}{row.pk}/stop/"), care.get(f"{SOCKETS}{row.pk}/change/")]

    assert [page.status_code for page in pages] == [200, 200, 302]
    assert not any(text in page.content.decode() for page in pages for text in (TOKEN, row.sealed))


def test_a_stop_is_asked_for_first_and_kept_with_a_name(care: Client) -> None:
    row = account()
    other = account("u-2")

    asked = care.get(f"{SOCKETS}{row.pk}/stop/")
    assert Account.objects.filter(wanted=True).count() == 2
    done = care.post(f"{SOCKETS}{row.pk}/stop/", follow=True)

    assert "u-1" in asked.content.decode()
    assert [str(message) for message in done.context["messages"]] == ["Đã đóng kết nối."]
    assert list(Account.objects.filter(wanted=True)) == [other]
    assert AuditLog.objects.get(action="socket.stop").actor == "staff-customer_care"
    assert Event.objects.get(name="socket.changed").payload == {"account_id": row.pk}
    again = care.post(f"{SOCKETS}{row.pk}/stop/", follow=True)
    assert [str(message) for message in again.context["messages"]] == ["Kết nối đã đóng từ trước."]


def test_a_start_uses_the_kept_login_and_leaves_alone_what_works(care: Client) -> None:
    hold()
    row = account()
    Account.objects.update(wanted=False)

    first = care.post(f"{SOCKETS}{row.pk}/start/", follow=True)
    started = Account.objects.get()
    seen(started, Phase.JOINED)
    again = care.post(f"{SOCKETS}{row.pk}/start/", follow=True)

    assert [str(message) for message in first.context["messages"]] == ["Đang mở kết nối."]
    assert (started.wanted, started.sealed, started.revision) == (True, row.sealed, row.revision + 1)
    assert Account.objects.get().revision == started.revision
    assert [str(message) for message in again.context["messages"]] == ["Kết nối đang chạy tốt rồi."]
    assert AuditLog.objects.filter(action="socket.start").count() == 1


def test_one_that_waits_is_tried_again_at_once(care: Client) -> None:
    hold()
    row = account()
    seen(row, Phase.REFUSED, error="x")

    care.post(f"{SOCKETS}{row.pk}/start/")

    assert Account.objects.get().revision == row.revision + 1
    assert line(care).phase == "connecting"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "start", "stop"), [(Role.OWNER, 302, 302), (Role.WAREHOUSE, 302, 403), (Role.VIEWER, 403, 403)]
)
def test_roles_see_the_page_and_do_what_they_may(role: Role, start: int, stop: int) -> None:
    client, row = logged_in(role), account()

    html = client.get(SOCKETS).content.decode()
    answers = [client.post(f"{SOCKETS}{row.pk}/{verb}/").status_code for verb in ("start", "stop")]

    assert answers == [start, stop]
    assert ["/start/" in html, "/stop/" in html] == [start == 302, stop == 302]
    assert AuditLog.objects.filter(outcome="refused").count() == answers.count(403)
    assert [client.get(f"{SOCKETS}{row.pk}/{verb}/").status_code for verb in ("start", "stop")] == [
        200 if start == 302 else 403, 200 if stop == 302 else 403,
    ]  # fmt: skip


@pytest.mark.django_db
def test_who_has_no_role_sees_no_sockets() -> None:
    client, row = logged_in(None), account()

    paths = (SOCKETS, f"{SOCKETS}{row.pk}/start/", f"{SOCKETS}{row.pk}/stop/")
    assert {client.get(path).status_code for path in paths} | {client.post(path).status_code for path in paths} == {403}
    assert Account.objects.get().wanted


def test_an_account_that_is_not_there_is_not_found(care: Client) -> None:
    assert care.get(f"{SOCKETS}9/start/").status_code == care.post(f"{SOCKETS}9/stop/").status_code == 404


def test_a_page_costs_the_same_however_many_accounts_there_are(care: Client, django_assert_num_queries: Any) -> None:
    hold()
    care.get(f"{SOCKETS}?part=rows")
    for count in (1, 4):
        for number in range(count):
            row = account(f"u-{count}-{number}", pages=(f"{count}{number}", "202"))
            seen(row, Phase.JOINED, pages={"202": {"state": "left_out", "reason": "x"}})
            failing(f"{count}-{number}")
        with django_assert_num_queries(13):  # Session, person, rights (2), roles, the log's end, seven for the rows.
            care.get(f"{SOCKETS}?part=rows")


@pytest.mark.django_db
def test_the_newest_frame_of_a_page_is_one_look_into_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {frames_told.LAST_OF_PAGES}", [[PAGE]])
        plan = "\n".join(text for (text,) in cursor.fetchall())

    assert "realtime_frame_of_page" in plan
    assert "Limit" in plan


def test_what_a_holder_sees_is_shown_and_announced(
    pancake: PancakeSocket,  # noqa: F811 -- the fixture
    new_holder: Any,  # noqa: F811 -- as above
) -> None:
    client = logged_in(Role.OWNER)
    pancake.ended_plans = {PAGES[1]}
    start_pancake()
    new_holder()
    wait_joined()
    wait_until(lambda: line(client).phase == "left-out", timeout_s=PATIENCE_S)
    told = Event.objects.filter(name="socket.changed").count()

    client.post(f"{SOCKETS}{Account.objects.get().pk}/stop/")
    wait_until(lambda: pancake.joined() == 0, timeout_s=PATIENCE_S)
    pancake.faults.login_refused = True
    client.post(f"{SOCKETS}{Account.objects.get().pk}/start/")
    wait_for(Phase.REFUSED)

    assert line(client).is_alarm
    assert Event.objects.filter(name="socket.changed").count() > told + 1
