"""`/api/realtime/kv/…`: small values, and who watches them."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from n2store.models import Event
from n2store.roles import Role
from realtime.flow import Application
from realtime.keyvalue import keeping
from realtime.models import KeptValue
from tests.realtime.driving import Shop, stream
from tests.threads import at_once

PATH = "/api/realtime/kv/settings%2Fdisplay"


def test_a_value_is_kept_changed_and_forgotten(api: APIClient) -> None:
    assert api.get(PATH).json() == {"exists": False, "value": None}
    put = api.put(PATH, {"value": {"màu": ["đỏ", 1, None]}}, format="json").json()
    got = api.get(PATH).json()

    assert put == {"success": True, "key": "settings/display", "timestamp": put["timestamp"]}
    assert (got["exists"], got["value"], set(got)) == (
        True, {"màu": ["đỏ", 1, None]}, {"exists", "value", "createdAt", "updatedAt"},
    )  # fmt: skip
    assert api.put(PATH, {"value": None}, format="json").status_code == 200
    assert api.get(PATH).json()["value"] is None
    assert [api.delete(PATH).json()["deleted"] for _ in range(2)] == [True, False]
    assert [event.name for event in Event.objects.order_by("id")] == ["kv.update", "kv.update", "kv.deleted"]


def test_a_value_must_be_named(api: APIClient) -> None:
    answer = api.put(PATH, {"val": 1}, format="json")

    assert (answer.status_code, answer.json()["error"]) == (400, "Missing value in request body")


@pytest.mark.parametrize("key", ["a//b", "a/", "x" * 501, "a%00b", "a%20b", "n" * 41 + "/a"])
def test_a_key_that_cannot_be_one_is_a_400(api: APIClient, key: str) -> None:
    answer = api.put(f"/api/realtime/kv/{key}", {"value": 1}, format="json")

    assert (answer.status_code, answer.json()["code"], KeptValue.objects.count()) == (400, "INVALID_VALUE_KEY", 0)


def test_values_and_namespaces_are_bounded(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEYS_MAX", 2)
    large = api.put(PATH, {"value": "x" * keeping.VALUE_MAX_BYTES}, format="json")
    statuses = [api.put(f"/api/realtime/kv/n/{n}", {"value": n}, format="json").status_code for n in (1, 2, 3, 1)]

    assert (large.status_code, large.json()["code"]) == (413, "VALUE_TOO_LARGE")
    assert statuses == [200, 200, 409, 200]
    assert api.put("/api/realtime/kv/m/1", {"value": 1}, format="json").status_code == 200


def test_who_only_looks_keeps_nothing(as_role: Any) -> None:
    viewer = as_role(Role.VIEWER)

    assert viewer.get(PATH).status_code == 200
    assert [viewer.put(PATH, {"value": 1}, format="json").status_code, viewer.delete(PATH).status_code] == [403, 403]


@pytest.mark.django_db(transaction=True)
def test_the_same_key_kept_at_once_is_one_row() -> None:
    from n2store.roles import Caller

    caller = Caller(name="lan", roles=frozenset(Role))
    at_once(lambda number: keeping.keep(caller=caller, key="held/1", value=number), range(8))

    assert KeptValue.objects.count() == 1
    assert Event.objects.count() == 8


async def test_who_watches_a_key_hears_it_and_what_is_below(
    application: Application, login: dict[str, str], shop: Shop
) -> None:
    async with stream(application, "/api/realtime/sse", {"keys": "held_products/1"}, **login) as opened:
        await opened.event()
        for key in ("held_products/10", "held_products/1", "held_products/1/p"):
            topics = [f"kv:{key}", *(f"kv:{above}/" for above in ("held_products", key.rpartition("/")[0]))]
            shop.publish("kv.update", *topics, key=key, value={"n": key})

        own, below = await opened.events(2)

    assert (own.event, own.data["key"], own.data["data"]) == ("update", "held_products/1", {"n": "held_products/1"})
    assert (below.data["key"], below.data["matchedKey"]) == ("held_products/1/p", "held_products/1")
