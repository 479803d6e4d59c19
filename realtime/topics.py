"""What may be listened to, and who may: channels, and exact topics within them. Deny by default, no prefixes."""

import hashlib
import re
from dataclasses import dataclass, field

from customers.phones import InvalidPhone, canonical_phone
from n2store.errors import DomainError
from n2store.roles import EVERYONE, Role

CHANNELS: dict[str, frozenset[Role]] = {
    "wallets": EVERYONE,
    "tickets": EVERYONE,
    "customers": EVERYONE,
    "transfers": EVERYONE,
    "inbox": EVERYONE,
    "kv": EVERYONE,
    "topups": EVERYONE,
}
"""Who may listen to each channel."""

CHANNEL_OF_KIND = {
    "wallet": "wallets", "customer": "customers", "ticket_page": "tickets", "page": "inbox", "kv": "kv",
}  # fmt: skip
"""The exact topics, `<kind>:<what>`, and the channel whose listeners may ask for one."""
PHONED = {"wallet", "customer"}
KV_DEPTH_MAX = 10
KV_TOPIC_MAX = 70
"""Longer paths are known by a digest: a topic has 80 characters."""
_EXACT = {"page": re.compile(r"[A-Za-z0-9_.-]{1,64}"), "ticket_page": re.compile(r"[1-9][0-9]{0,17}")}


class UnknownTopic(DomainError):
    """There is no such channel or topic."""

    status, code = 400, "UNKNOWN_TOPIC"


class TooManyTopics(DomainError):
    """One stream is for one page, not for every customer of the shop."""

    status, code = 400, "TOO_MANY_TOPICS"


class TopicForbidden(DomainError):
    """The listener's roles do not include one that may hear this."""

    status, code = 403, "PERMISSION_DENIED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What one client listens to: each topic, and how the client spelled it."""

    channels: tuple[str, ...] = ()
    spelled: dict[str, str] = field(default_factory=dict)
    """By canonical topic, exact topics before channels: the first one that an event has is what it is heard by."""
    keys: tuple[str, ...] = ()
    """As asked for in the old form, also those that name nothing."""

    @property
    def topics(self) -> list[str]:
        """Return the canonical topics."""
        return list(self.spelled)


def canonical_topic(text: str) -> str:
    """Return `wallet:0909123456` for any spelling of the phone; a page's or a ticket's id is exact as it is.

    Raises:
        UnknownTopic: it is no exact topic.
    """
    kind, colon, phone = text.partition(":")
    if kind in _EXACT and _EXACT[kind].fullmatch(phone):
        return text
    if not colon or kind not in PHONED:
        raise UnknownTopic(f"There is no topic {text[:60]!r}.")
    try:
        return f"{kind}:{canonical_phone(phone)}"
    except InvalidPhone as error:
        raise UnknownTopic(f"The topic {text[:60]!r} names no phone number.") from error


def asked(*, channels: list[str], topics: list[str], topics_max: int) -> Asked:
    """Read what a client asks for.

    Raises:
        UnknownTopic: one of them does not exist.
        TooManyTopics: more than `topics_max`.
    """
    if len(channels) + len(topics) > topics_max:
        raise TooManyTopics(f"One stream listens to {topics_max} channels and topics at most.")
    for channel in channels:
        if channel not in CHANNELS:
            raise UnknownTopic(f"There is no channel {channel[:60]!r}.")
    exact = {canonical_topic(text): text for text in topics}
    return Asked(channels=tuple(dict.fromkeys(channels)), spelled=exact | {channel: channel for channel in channels})


def asked_by_keys(keys: list[str], *, topics_max: int) -> Asked:
    """Read the old streams' `keys`. One that is no topic of ours is a key of the values that pages keep here.

    Raises:
        TooManyTopics: more than `topics_max`.
    """
    if len(keys) > topics_max:
        raise TooManyTopics(f"One stream listens to {topics_max} keys at most.")
    exact: dict[str, str] = {}
    for key in keys:
        try:
            exact.setdefault(canonical_topic(key), key)
        except UnknownTopic:
            if key not in CHANNELS and key.partition(":")[0] not in CHANNEL_OF_KIND:
                exact |= {topic: exact.get(topic, key) for topic in kv_heard(key)}
    old_channels = tuple(key for key in dict.fromkeys(keys) if key in ("wallets", "tickets", "customers"))
    spelled = exact | {channel: channel for channel in old_channels}
    return Asked(channels=old_channels, spelled=spelled, keys=tuple(keys))


def kv_told(key: str) -> list[str]:
    """Return the topics of a change at a key: the key, and `<above>/` for each path that it lies below."""
    return [_kv(key), *(f"{_kv(above)}/" for above in _above(key))]


def kv_heard(key: str) -> list[str]:
    """Return what tells of a key: a change of it, of anything below it, or of a path that it lies below."""
    return [_kv(key), f"{_kv(key)}/", *map(_kv, _above(key))]


def _above(key: str) -> list[str]:
    parts = key.split("/")[:KV_DEPTH_MAX]
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _kv(path: str) -> str:
    if len(path) <= KV_TOPIC_MAX:
        return f"kv:{path}"
    return f"kv:#{hashlib.sha256(path.encode('utf-8', 'replace')).hexdigest()}"


def allow(wanted: Asked, roles: frozenset[Role]) -> None:
    """Let a listener with these roles have all that it asks for, or nothing.

    Raises:
        TopicForbidden: no role at all, or one of the topics is not for these roles.
    """
    if not roles:
        raise TopicForbidden("You have no role that may listen.")
    for topic in wanted.spelled:
        channel = CHANNEL_OF_KIND.get(topic.partition(":")[0], topic)
        if not roles & CHANNELS.get(channel, frozenset()):
            raise TopicForbidden(f"Your role may not listen to {topic!r}.")
