"""Start, stop and status over HTTP."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from n2store.models import AuditLog
from n2store.roles import Role
from n2store.simulator.pancake import PancakeSocket
from realtime.models import Account
from tests.processes import wait_until
from tests.realtime.upstream.holders import PATIENCE_S, HolderInThread

START, STOP, STATUS = "/api/realtime/start", "/api/realtime/stop", "/api/realtime/status"
TPOS = "/api/realtime/tpos"
GIVEN = {"token": "a.b.c", "userId": "u-1", "pageIds": ["101", 202, "igo_3"], "cookie": "jwt=a.b.c"}


def post(api: APIClient, path: str, body: Any = None) -> Any:
    return api.post(path, body, format="json")


def test_a_start_keeps_what_is_wanted_and_seals_the_token(api: APIClient) -> None:
    answer = post(api, START, GIVEN)

    row = Account.objects.get()
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert (row.provider, row.owner, row.page_ids, row.wanted) == ("pancake", "u-1", ["101", "202", "igo_3"], True)
    assert "a.b.c" not in row.sealed
    assert "a.b.c" not in str(AuditLog.objects.order_by("pk").values_list("action", "after", "detail"))


def test_the_same_start_again_writes_nothing(api: APIClient, django_assert_num_queries: Any) -> None:
    post(api, START, GIVEN)
    before = Account.objects.values().get()

    with django_assert_num_queries(1):
        post(api, START, GIVEN | {"pageIds": ["igo_3", "202", "101", "101"]})

    assert Account.objects.values().get() == before


@pytest.mark.parametrize("missing", ["token", "userId", "pageIds"])
def test_a_start_without_its_values_is_refused_in_the_old_words(api: APIClient, missing: str) -> None:
    answer = post(api, START, {name: value for name, value in GIVEN.items() if name != missing})

    assert answer.status_code == 400
    assert answer.json()["error"] == "Missing parameters: token, userId, pageIds required"
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"pageIds": "101"}, {"pageIds": 101}, {"pageIds": {"0": "101"}}, {"pageIds": [["101"]]}, {"pageIds": [None]},
        {"pageIds": [True]}, {"pageIds": [""]}, {"pageIds": ["1"] * 201}, {"pageIds": ["a" * 51]}, {"pageIds": ["\0"]},
        {"token": ["a"]}, {"token": "a b"}, {"token": "a\r\nb"}, {"token": "x" * 8001}, {"token": 1.5},
        {"userId": "a/b"}, {"userId": {"a": 1}}, {"userId": "ế"}, {"cookie": "a\r\nEvil: 1"}, {"cookie": 1.5},
    ],
)  # fmt: skip
def test_values_of_another_form_are_refused_and_nothing_changes(api: APIClient, change: dict[str, Any]) -> None:
    post(api, START, GIVEN)
    before = Account.objects.values().get()

    answer = post(api, START, GIVEN | change)

    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert Account.objects.values().get() == before


def test_no_pages_at_all_may_be_asked_for(api: APIClient) -> None:
    assert post(api, START, GIVEN | {"pageIds": []}).status_code == 200


@pytest.mark.parametrize("body", [[], "x", 5])
def test_a_body_that_is_no_object_is_refused(api: APIClient, body: Any) -> None:
    assert post(api, START, body).status_code == 400
    assert post(api, f"{TPOS}/start", body).status_code == 400


def test_a_stop_keeps_the_account_and_the_status_says_so(api: APIClient) -> None:
    post(api, START, GIVEN)

    answer = post(api, STOP)

    status = api.get(STATUS).json()
    assert answer.json()["success"] is True
    assert (status["connected"], status["state"], status["userId"], status["hasToken"]) == (False, "off", "u-1", False)
    assert post(api, STOP).json()["success"] is True


def test_tpos_has_a_room_of_its_own(api: APIClient) -> None:
    started = post(api, f"{TPOS}/start", {"token": "t"})
    status = api.get(f"{TPOS}/status").json()

    assert started.json()["success"] is True
    assert (status["connected"], status["room"], status["hasToken"]) == (False, "tomato.tpos.vn", True)
    assert post(api, f"{TPOS}/stop").json()["success"] is True
    assert not Account.objects.get().wanted


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"room": "x"}])
def test_tpos_wants_a_token_in_the_old_words(api: APIClient, body: dict[str, str]) -> None:
    answer = post(api, f"{TPOS}/start", body)

    assert (answer.status_code, answer.json()["error"]) == (400, "Missing token")


def test_a_room_cannot_carry_anything_else(api: APIClient) -> None:
    assert post(api, f"{TPOS}/start", {"token": "t", "room": 'a","token":"x'}).status_code == 400


def test_before_any_start_nothing_is_connected(api: APIClient) -> None:
    pancake, tpos = api.get(STATUS).json(), api.get(f"{TPOS}/status").json()

    assert (pancake["connected"], pancake["userId"], pancake["pageCount"]) == (False, None, 0)
    assert (tpos["connected"], tpos["room"]) == (False, "tomato.tpos.vn")


def test_who_only_looks_may_not_stop(as_role: Any) -> None:
    post(as_role(Role.OWNER), START, GIVEN)

    answer = post(as_role(Role.VIEWER), STOP)

    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")
    assert Account.objects.get().wanted


def test_no_answer_shows_a_token(api: APIClient) -> None:
    post(api, START, GIVEN)

    assert "a.b.c" not in api.get(STATUS).content.decode()


def test_the_status_costs_the_same_for_one_account_and_three(api: APIClient, django_assert_num_queries: Any) -> None:
    for user in ("a", "b", "c"):
        post(api, START, GIVEN | {"userId": user})
        with django_assert_num_queries(2):
            status = api.get(STATUS).json()

    assert len(status["accounts"]) == 3


def test_the_status_of_a_connected_socket_names_its_pages(
    pancake: PancakeSocket, holder: HolderInThread, as_role: Any
) -> None:
    api = as_role(Role.OWNER)
    pancake.ended_plans = {"202"}

    post(api, START, GIVEN)
    wait_until(
        lambda: (
            [page["state"] for one in api.get(STATUS).json()["accounts"] for page in one["pages"]]
            == ["joined", "left_out", "joined"]
        ),
        timeout_s=PATIENCE_S,
    )

    status = api.get(STATUS).json()
    assert (status["connected"], status["userId"], status["pageCount"], status["state"]) == (True, "u-1", 3, "joined")
    assert connection.in_atomic_block is False
