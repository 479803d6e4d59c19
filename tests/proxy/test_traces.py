"""What is kept of calls to neighbours: each counted, some traced, never a secret, never without bound."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models import Sum
from django.utils import timezone
from rest_framework.test import APIClient

from n2store.simulator.answering import Manner
from n2store.simulator.images import Images
from n2store.simulator.pancake_http import PancakeHttp
from proxy import rehearsals
from proxy.models import CallCount, Outcome, Trace
from proxy.tasks import prune_traces
from proxy.watching import keeping, measuring
from proxy.watching.call import told_target
from proxy.watching.counting import KEYS_MAX, Sums, Tally, bound_of, quantile_ms
from proxy.watching.keeping import AMISS_A_MINUTE_MAX, WAITING_MAX, Keeper, keeper

NOON = datetime(2026, 1, 16, 5, 0, tzinfo=UTC)
SECRET = "s3cr3t-token-of-pancake"


@pytest.fixture(autouse=True)
def _everything_kept(settings: Any) -> Iterator[None]:
    """Keep every call, and nothing of other tests'."""
    settings.GATEWAY_TRACES_SHARE = 1.0
    keeper.rows.clear()
    keeper.tally.take()
    keeper._amiss.clear()
    yield
    keeper.rows.clear()
    keeper.tally.take()


def one(**given: Any) -> Trace:
    fields = {
        "at": NOON, "upstream": "tpos", "method": "GET", "status": 200, "outcome": Outcome.OK, "head_ms": 20, "ms": 30,
        "bytes_out": 0, "bytes_in": 10, "attempts": 1,
    }  # fmt: skip
    return Trace(**fields | given)


def dropped(why: str) -> float:
    return measuring.DROPPED.labels(why)._value.get()


def test_a_call_leaves_a_row_that_says_who_where_and_how(api: APIClient, pancake: PancakeHttp) -> None:
    api.generic("POST", "/api/pancake/pages/270136663390370/tags", b'{"a": 1}', QUERY_STRING=f"access_token={SECRET}")

    assert keeper.write() == 1

    row = Trace.objects.get()
    assert (row.upstream, row.method, row.status, row.outcome, row.why) == ("pancake", "POST", 200, "ok", "")
    assert (row.route, row.target) == ("api/pancake/<path:rest>", "/api/v1/pages/#/tags")
    assert (row.by, row.attempts, row.bytes_out) == ("user-owner", 1, 8)
    assert row.bytes_in > 0
    assert row.head_ms is not None
    assert row.ms >= row.head_ms >= 0
    assert timezone.now() - row.at < timedelta(minutes=5)


def test_no_row_holds_a_secret(api: APIClient, pancake: PancakeHttp, images: Images) -> None:
    api.generic("GET", "/api/pancake/conversations", QUERY_STRING=f"access_token={SECRET}&phone=0909318264")
    api.generic("POST", "/api/pancake/x", json.dumps({"password": SECRET}).encode(), HTTP_X_PAGE_ACCESS_TOKEN=SECRET)
    api.get("/api/image-proxy", {"url": f"{images.url}/{SECRET}.jpg?sig={SECRET}"})
    keeper.write()

    kept = json.dumps(list(Trace.objects.order_by("id").values()), default=str)

    assert Trace.objects.count() == 3
    assert SECRET not in kept
    assert "0909318264" not in kept


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("/odata/Partner(12345)/Name?$top=1", "/odata/Partner(#)/Name"),
        ("/api/v1/pages/270136663390370/conversations/1_22222", "/api/v1/pages/#/conversations/1_#"),
        (f"/x/{'a' * 61}/y", "/x/…/y"),
        ("/x/h%C3%A0/y", "/x/…/y"),
        ("/x//", "/x//"),
        ("/" + "ab/" * 100, ("/" + "ab/" * 100)[:160]),
    ],
)
def test_a_target_is_told_without_what_may_be_somebodys(target: str, told: str) -> None:
    assert told_target(target) == told


@pytest.mark.parametrize(
    ("manner", "outcome", "why", "status"),
    [
        (Manner.FAILING, "failed", "HTTP_500", 500),
        (Manner.BUSY, "refused", "HTTP_429", 429),
        (Manner.CUT, "failed", "UPSTREAM_CUT", 200),
    ],
)
def test_what_went_wrong_is_said(
    api: APIClient, pancake: PancakeHttp, manner: Manner, outcome: str, why: str, status: int
) -> None:
    pancake.manner = manner

    api.get("/api/pancake/conversations")
    keeper.write()

    assert Trace.objects.values_list("outcome", "why", "status").get() == (outcome, why, status)


def test_nobody_there_is_tried_twice_and_said(api: APIClient, settings: Any) -> None:
    settings.PANCAKE_BASE_URL = "http://127.0.0.1:9"

    api.get("/api/pancake/conversations")
    keeper.write()

    row = Trace.objects.get()
    assert (row.outcome, row.why, row.status, row.attempts) == ("failed", "UPSTREAM_UNREACHABLE", None, 2)


def test_of_good_calls_a_share_is_kept_and_all_are_counted(db: None, settings: Any) -> None:
    settings.GATEWAY_TRACES_SHARE = 0.0
    for _ in range(5):
        keeper.lay_down(one())
    keeper.lay_down(one(outcome=Outcome.FAILED, why="UPSTREAM_TIMEOUT", status=None, head_ms=None, ms=15_200))
    keeper.write()

    assert [row.why for row in Trace.objects.order_by("id")] == ["UPSTREAM_TIMEOUT"]
    counts = CallCount.objects.order_by("outcome").values_list("minute", "outcome", "within_ms", "calls", "bytes_in")
    assert list(counts) == [(NOON, "failed", 30_000, 1, 10), (NOON, "ok", 25, 5, 50)]


def test_counts_of_processes_add_up(db: None) -> None:
    for each in (Keeper(), Keeper()):
        for _ in range(3):
            each.lay_down(one())
        each.write()

    assert CallCount.objects.aggregate(calls=Sum("calls"))["calls"] == 6
    assert CallCount.objects.count() == 1


def test_a_flood_grows_nothing(settings: Any) -> None:
    mine, full, many = Keeper(), dropped("queue_full"), dropped("too_many_a_minute")
    for _ in range(WAITING_MAX + 7):
        mine.lay_down(one())
    for _ in range(AMISS_A_MINUTE_MAX + 5):
        mine.lay_down(one(outcome=Outcome.FAILED))

    assert len(mine.rows) == WAITING_MAX
    assert dropped("too_many_a_minute") - many == 5
    assert dropped("queue_full") - full == 7 + AMISS_A_MINUTE_MAX
    assert sum(sums.calls for sums in mine.tally.sums.values()) == WAITING_MAX + 7 + AMISS_A_MINUTE_MAX + 5


def test_counts_in_memory_are_bounded() -> None:
    tally = Tally()
    for number in range(KEYS_MAX):
        assert tally.add(("tpos", NOON, "ok", number), Sums(1))

    assert not tally.add(("tpos", NOON, "failed", 0), Sums(1))
    assert tally.add(("tpos", NOON, "ok", 0), Sums(1))


def test_counts_survive_a_database_that_was_away(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Keeper()
    mine.lay_down(one())

    def away(_counts: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(keeping, "_add", away)
        with pytest.raises(DatabaseError):
            mine.write()
    mine.write()

    assert CallCount.objects.get().calls == 1
    assert Trace.objects.count() == 0


def test_what_is_old_or_too_many_goes(db: None, settings: Any) -> None:
    settings.GATEWAY_TRACES_KEPT_DAYS, settings.GATEWAY_TRACES_MAX = 7, 3
    now = timezone.now()
    mine = Keeper()
    for days in (9, 8, 6, 5, 4, 3, 2):
        mine.lay_down(one(at=now - timedelta(days=days), by=str(days)))
    mine.write()

    would = rehearsals.traces_to_prune(now)
    assert (would, prune_traces()) == ({"rows": 6}, 2 + 2 + 2)

    assert [row.by for row in Trace.objects.order_by("id")] == ["4", "3", "2"]
    assert CallCount.objects.count() == 5


@pytest.mark.parametrize(("ms", "bound"), [(0, 5), (5, 5), (5.1, 10), (59_999, 60_000), (10**9, 3_600_000)])
def test_a_time_counts_to_the_first_bound_it_did_not_exceed(ms: float, bound: int) -> None:
    assert bound_of(ms) == bound


def test_quantiles_are_bounds() -> None:
    counts = [(10, 50), (5, 45), (1_000, 5)]

    assert [quantile_ms(counts, share) for share in (0.45, 0.5, 0.95, 0.96)] == [5, 10, 10, 1_000]
    assert quantile_ms([], 0.5) is None
