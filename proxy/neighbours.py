"""Everybody whose calls are watched: those whom pages reach (`upstreams`), and those whom only the shop asks."""

from dataclasses import dataclass

from django.conf import settings

from proxy.lanes import Lane
from proxy.upstreams import UPSTREAMS, lanes


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One neighbour, under the name of its breaker and its traces."""

    name: str
    needs: tuple[str, ...] = ()
    """Settings without which it is not asked."""
    many_hosts: bool = False
    """Whether it is servers of different owners: each then has a breaker of its own."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of the settings are empty."""
        return tuple(name for name in self.needs if not getattr(settings, name))


KEYS = {"gemini": ("GEMINI_API_KEY",)}
"""What a neighbour of the gateway wants beside its address. The others are asked with their callers' own tokens."""
ASKED_BY_US = (
    Neighbour(name="payos", needs=("PAYOS_CLIENT_ID", "PAYOS_API_KEY", "PAYOS_CHECKSUM_KEY")),
    Neighbour(name="sepay-list", needs=("SEPAY_API_TOKEN",)),
    Neighbour(name="telegram", needs=("TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID")),
)


BUCKET = Neighbour(name="bucket")
"""Where pictures are kept, if not on this machine."""


def neighbours() -> list[Neighbour]:
    """Return everybody, by name."""
    bucket = [BUCKET] if settings.S3_BUCKET else []
    return sorted([*_of_pages(), *ASKED_BY_US, *bucket], key=lambda one: one.name)


def _of_pages() -> list[Neighbour]:
    return [Neighbour(name=lane.upstream, needs=_needs(lane), many_hosts=lane.many_hosts) for lane in lanes()]


def _needs(lane: Lane) -> tuple[str, ...]:
    bases = {upstream.base for upstream in UPSTREAMS.values() if upstream.lane == lane and upstream.base}
    return (*sorted(bases), *KEYS.get(lane.upstream, ()))
