"""The page of other services: how each does, and what people may do about it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from n2store.models import AuditLog
from n2store.roles import Role
from proxy.console.services_told import NAMES, reason_told
from proxy.models import CallCount, Outcome, Trace
from proxy.neighbours import neighbours
from proxy.watching.breaker import STALLED
from proxy.watching.reading import doing
from tests.factories.breakers import breakers_on, known
from tests.factories.staff import logged_in

PAGE = "/admin/proxy/trace/services/"
SET_UP = {
    "GEMINI_API_KEY": "x", "TELEGRAM_BOT_TOKEN": "1:x", "TELEGRAM_CHAT_ID": "1", "SEPAY_API_TOKEN": "x",
    "PAYOS_CLIENT_ID": "x", "PAYOS_API_KEY": "x", "PAYOS_CHECKSUM_KEY": "x",
}  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _breakers() -> Iterator[None]:
    with breakers_on(failures=2), override_settings(**SET_UP):
        yield


def count(upstream: str, outcome: Outcome, within_ms: int, calls: int, *, minutes_ago: int = 1) -> None:
    minute = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=minutes_ago)
    CallCount.objects.create(
        upstream=upstream, minute=minute, outcome=outcome, within_ms=within_ms, calls=calls, bytes_out=0, bytes_in=0
    )


def fail(name: str) -> None:
    for _ in range(2):
        known(name).told(why="UPSTREAM_TIMEOUT", trial=False)


def trace(upstream: str, **given: Any) -> Trace:
    fields = {
        "at": timezone.now(), "upstream": upstream, "method": "GET", "outcome": Outcome.FAILED,
        "why": "UPSTREAM_TIMEOUT", "ms": 15_000, "bytes_out": 0, "bytes_in": 0, "attempts": 1,
    }  # fmt: skip
    return Trace.objects.create(**fields | given)


def test_figures_are_of_the_last_minutes_and_of_calls_that_went_out() -> None:
    count("tpos", Outcome.OK, 100, 57)
    count("tpos", Outcome.REFUSED, 250, 1)
    count("tpos", Outcome.FAILED, 15_000, 2)
    count("tpos", Outcome.HELD, 5, 40)
    count("tpos", Outcome.FAILED, 15_000, 99, minutes_ago=40)

    [tpos] = [one for one in doing(timezone.now()).upstreams if one.name == "tpos"]

    assert (tpos.calls, tpos.failed, tpos.held, tpos.calls_a_minute) == (60, 2, 40, 4.0)
    assert (tpos.p50_ms, tpos.p95_ms) == (100, 100)
    assert tpos.failed_share == pytest.approx(2 / 60)


def test_the_page_tells_in_vietnamese_what_is_wrong() -> None:
    count("tpos", Outcome.FAILED, 15_000, 3)
    trace("tpos", why="HTTP_500", status=500)
    row = trace("tpos")
    trace("tpos", outcome=Outcome.HELD, why="UPSTREAM_OPEN")
    fail("tpos")

    page = logged_in(Role.OWNER).get(PAGE).content.decode()

    assert 'data-alarms="1"' in page
    assert 'data-service="tpos" data-state="open"' in page
    assert page.index('data-service="tpos"') < page.index('data-service="pancake"')
    assert "Lỗi nhiều lần liên tiếp" in page
    assert f"/admin/proxy/trace/{row.pk}/change/" in page
    assert "Không trả lời kịp lúc." in page


def test_it_costs_the_same_however_much_there_is(django_assert_max_num_queries: Any) -> None:
    viewer = logged_in(Role.VIEWER)
    for name in ("tpos", "pancake", "facebook"):
        count(name, Outcome.OK, 100, 5)
        trace(name)
    viewer.get(f"{PAGE}?part=rows")

    with django_assert_max_num_queries(8):
        page = viewer.get(f"{PAGE}?part=rows").content.decode()

    assert page.count("data-service=") == len(neighbours())
    assert "<html" not in page


def test_the_owner_holds_calls_back_and_has_one_tried() -> None:
    owner = logged_in(Role.OWNER)
    assert "10 phút" in owner.get(f"{PAGE}pancake/hold/").content.decode()

    held = owner.post(f"{PAGE}pancake/hold/", follow=True).content.decode()
    assert "staff-owner tạm ngắt các cuộc gọi" in held
    assert f"{PAGE}pancake/try/" in held

    tried = owner.post(f"{PAGE}pancake/try/", follow=True).content.decode()
    assert 'data-service="pancake" data-state="half-open"' in tried
    assert list(AuditLog.objects.order_by("id").values_list("action", "subject")) == [
        ("upstream.hold", "upstream:pancake"), ("upstream.try", "upstream:pancake"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("payos", "khách không tạo được lệnh nạp tiền mới"),
        ("sepay-list", "không dò các giao dịch mà SePay chưa báo"),
        ("telegram", "nhóm của cửa hàng không nhận tin báo nào"),
    ],
)
def test_who_is_asked_by_the_shop_alone_is_held_back_and_tried_like_the_others(name: str, words: str) -> None:
    owner = logged_in(Role.OWNER)
    assert words in owner.get(f"{PAGE}{name}/hold/").content.decode()

    held = owner.post(f"{PAGE}{name}/hold/", follow=True).content.decode()
    assert (f'data-service="{name}" data-state="open"' in held, known(name).is_closed) == (True, False)

    tried = owner.post(f"{PAGE}{name}/try/", follow=True).content.decode()
    assert f'data-service="{name}" data-state="half-open"' in tried


@pytest.mark.parametrize(
    ("name", "unset"),
    [
        ("gemini", ["GEMINI_API_KEY"]),
        ("payos", ["PAYOS_CLIENT_ID", "PAYOS_CHECKSUM_KEY"]),
        ("sepay-list", ["SEPAY_API_TOKEN"]),
        ("telegram", ["TELEGRAM_CHAT_ID"]),
        ("pancake", ["PANCAKE_BASE_URL"]),
    ],
)
def test_who_is_not_set_up_says_which_settings_are_missing_and_has_no_buttons(name: str, unset: list[str]) -> None:
    fail(name)  # Before its settings were taken away.
    with override_settings(**dict.fromkeys(unset, "")):
        owner = logged_in(Role.OWNER)
        page = owner.get(PAGE).content.decode()
        answers = [owner.post(f"{PAGE}{name}/{verb}/").status_code for verb in ("hold", "try")]

    card = page[page.index(f'data-service="{name}" data-state="unset"') :].partition("</section>")[0]
    assert "Chưa cài đặt" in card
    assert f"Cấu hình của cửa hàng còn thiếu: {', '.join(unset)}." in card
    assert ("<a " in card, 'data-alarms="0"' in page, answers) == (False, True, [404, 404])
    assert page.rindex("data-service=") == page.index(f'data-service="{name}"')


@pytest.mark.parametrize("role", [Role.VIEWER, Role.WAREHOUSE, Role.ACCOUNTANT])
def test_others_look_only(role: Role) -> None:
    staff = logged_in(role)

    assert f"{PAGE}pancake/hold/" not in staff.get(PAGE).content.decode()
    assert staff.get(f"{PAGE}pancake/hold/").status_code == 403
    assert staff.post(f"{PAGE}pancake/hold/").status_code == 403
    assert known("pancake").is_closed


def test_strangers_and_people_without_a_role_see_nothing(client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    assert logged_in(None).get(PAGE).status_code == 403


@pytest.mark.parametrize("name", ["images", "nobody"])
def test_what_is_many_hosts_or_none_has_no_switch(name: str) -> None:
    assert logged_in(Role.OWNER).get(f"{PAGE}{name}/hold/").status_code == 404


def test_hosts_that_are_held_back_are_named() -> None:
    fail("images:content.pancake.vn")

    page = logged_in(Role.OWNER).get(PAGE).content.decode()

    assert "content.pancake.vn" in page
    assert 'data-alarms="1"' in page


def test_without_redis_the_page_says_so(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9"

    assert "Redis không trả lời" in logged_in(Role.OWNER).get(PAGE).content.decode()


def test_single_calls_are_narrowed_by_service_outcome_and_words() -> None:
    trace("tpos")
    last = trace("pancake", outcome=Outcome.OK, why="", by="lan", status=200, target="/api/v1/x", attempts=2)
    owner = logged_in(Role.OWNER)
    assert "/api/v1/x" in owner.get(f"/admin/proxy/trace/{last.pk}/change/").content.decode()
    assert owner.post(f"/admin/proxy/trace/{last.pk}/delete/").status_code == 403

    def found(query: str) -> int:
        page = owner.get(f"/admin/proxy/trace/?{query}")
        assert page.status_code == 200
        return len(page.context["cl"].result_list)

    queries = ("", "upstream=tpos", "upstream=images", "outcome__exact=ok", "q=lan", "q=UPSTREAM_TIMEOUT", "q=nobody")
    assert [found(query) for query in queries] == [2, 1, 0, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("index", "statement"),
    [
        ("proxy_trace_of_upstream", "SELECT * FROM proxy_trace WHERE upstream = 'tpos' ORDER BY id DESC LIMIT 50"),
        ("proxy_trace_amiss", "SELECT * FROM proxy_trace WHERE outcome = 'held' ORDER BY id DESC LIMIT 50"),
        (
            "proxy_trace_failed",
            "SELECT * FROM proxy_trace WHERE upstream = 'tpos' AND outcome = 'failed' ORDER BY id DESC LIMIT 1",
        ),
        ("proxy_callcount_once", "SELECT * FROM proxy_callcount WHERE minute >= now() - interval '15 minutes'"),
    ],
)
def test_lists_are_read_by_index(index: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO proxy_trace (at, upstream, host, route, target, method, outcome, why, ms, bytes_out, bytes_in,"
            " attempts, by) SELECT now(), (ARRAY['tpos','pancake','facebook','images'])[1 + n % 4], '', '', '', 'GET',"
            " (ARRAY['ok','ok','ok','ok','ok','refused','failed','held'])[1 + n % 8], '', 1, 0, 0, 1, ''"
            " FROM generate_series(1, 20000) n"
        )
        cursor.execute(
            "INSERT INTO proxy_callcount (upstream, minute, outcome, within_ms, calls, bytes_out, bytes_in)"
            " SELECT 'tpos', now() - n * interval '1 minute', 'ok', 10, 1, 0, 0 FROM generate_series(1, 10000) n"
        )
        cursor.execute("ANALYZE proxy_trace, proxy_callcount")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert index in plan


def test_every_service_has_a_name_for_staff() -> None:
    with override_settings(S3_BUCKET="shop"):
        assert {one.name for one in neighbours()} == set(NAMES)


def test_why_a_breaker_opened_while_calls_hang_is_told_in_words() -> None:
    assert reason_told(STALLED) != STALLED
