"""What may be listened to, by whom. Deny by default."""

import pytest

from n2store.roles import EVERYONE, Role
from realtime import topics
from realtime.topics import (
    TooManyTopics,
    TopicForbidden,
    UnknownTopic,
    allow,
    asked,
    asked_by_keys,
    canonical_topic,
    kv_heard,
    kv_told,
)


@pytest.mark.parametrize("spelling", ["0909123456", "+84909123456", "84 909 123 456", "0909.123.456", "909123456"])
def test_a_topic_is_the_same_in_every_spelling_of_the_phone(spelling: str) -> None:
    assert canonical_topic(f"wallet:{spelling}") == "wallet:0909123456"


def test_a_ticket_page_is_named_by_its_number_and_heard_by_who_hears_of_tickets() -> None:
    wanted = asked(channels=[], topics=["ticket_page:17"], topics_max=100)

    assert wanted.topics == ["ticket_page:17"]
    allow(wanted, frozenset({Role.VIEWER}))
    with pytest.raises(TopicForbidden):
        allow(wanted, frozenset())


@pytest.mark.parametrize(
    "text",
    ["wallet", "wallet:", "wallet:0909", "wallet:*", "wallets:0909123456", "", ":", "ticket:0909123456", "x:1",
     "ticket_page", "ticket_page:", "ticket_page:0", "ticket_page:07", "ticket_page:x", "ticket_page:*",
     "ticket_page:1 ", "ticket_page:²", f"ticket_page:{'9' * 19}"],
)  # fmt: skip
def test_what_is_no_exact_topic_is_refused(text: str) -> None:
    with pytest.raises(UnknownTopic):
        canonical_topic(text)


@pytest.mark.parametrize("channel", ["walle", "wallet", "wallets ", "WALLETS", "*", "wallet:0909123456"])
def test_an_unknown_channel_is_refused(channel: str) -> None:
    with pytest.raises(UnknownTopic):
        asked(channels=[channel], topics=[], topics_max=100)


def test_there_is_a_bound_on_topics() -> None:
    phones = [f"wallet:09090000{n:02}" for n in range(3)]

    assert len(asked(channels=[], topics=phones, topics_max=3).topics) == 3
    with pytest.raises(TooManyTopics):
        asked(channels=["wallets"], topics=phones, topics_max=3)
    with pytest.raises(TooManyTopics):
        asked_by_keys(phones, topics_max=2)


def test_old_keys_that_name_nothing_are_borne_and_hear_nothing() -> None:
    keys = ["wallet:12", "customer:", "page:x y", "transfers", "tickets", "wallet:+84909123456"]

    wanted = asked_by_keys(keys, topics_max=100)

    assert wanted.keys == tuple(keys)
    assert wanted.spelled == {"wallet:0909123456": "wallet:+84909123456", "tickets": "tickets"}


def test_an_old_key_hears_itself_what_is_below_it_and_the_paths_above_it() -> None:
    wanted = asked_by_keys(["held_products/1"], topics_max=1)

    def hears(changed: str) -> bool:
        return not set(kv_told(changed)).isdisjoint(wanted.spelled)

    assert set(wanted.spelled.values()) == {"held_products/1"}
    assert [hears(key) for key in ("held_products/1", "held_products/1/p/u", "held_products")] == [True] * 3
    assert [hears(key) for key in ("held_products/10", "held_products/2", "held", "other")] == [False] * 4


@pytest.mark.parametrize("key", ["k" * 500, "/".join("abcdefghijklmnop"), "đ" * 79], ids=["long", "deep", "wide"])
def test_topics_of_long_keys_fit_and_differ(key: str) -> None:
    told = kv_told(key)

    assert max(map(len, told)) <= 80
    assert set(told) & set(kv_heard(key))
    assert not set(told) & set(kv_heard(f"{key}x"))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("channel", topics.CHANNELS)
def test_the_five_roles_may_listen_to_every_channel(role: Role, channel: str) -> None:
    allow(asked(channels=[channel], topics=[], topics_max=1), frozenset({role}))


def test_without_a_role_nothing_is_heard() -> None:
    with pytest.raises(TopicForbidden):
        allow(asked_by_keys(["settings/display"], topics_max=1), frozenset())


def test_an_exact_topic_is_for_those_who_may_hear_its_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(topics.CHANNELS, "wallets", frozenset({Role.OWNER}))
    wanted = asked(channels=[], topics=["wallet:0909123456"], topics_max=1)

    allow(wanted, frozenset({Role.OWNER, Role.VIEWER}))
    with pytest.raises(TopicForbidden):
        allow(wanted, EVERYONE - {Role.OWNER})


def test_a_channel_that_is_not_in_the_table_is_for_nobody() -> None:
    with pytest.raises(TopicForbidden):
        allow(topics.Asked(spelled={"secrets": "secrets"}), EVERYONE)
