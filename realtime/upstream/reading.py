"""How the sockets stand, for pages and screens. A few queries, however many accounts there are."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import BooleanField, F, Func, Q, QuerySet

from realtime.frames import Provider
from realtime.models import Account, AccountState
from realtime.upstream.lease import held_now, is_held
from realtime.upstream.state import Phase

NO_HOLDER = "No worker holds the sockets."


@dataclass(frozen=True, slots=True)
class Standing:
    """One account. `connected` is true when messages can arrive, and only then; `held`: a worker holds sockets."""

    account: Account
    phase: Phase
    connected: bool
    seen: AccountState | None
    error: str
    held: bool

    @property
    def detail(self) -> dict[str, Any]:
        """Return what is known of channels and pages; nothing while the socket is not looked after."""
        return self.seen.detail if self.seen is not None and self.phase in (Phase.OPEN, Phase.JOINED) else {}


def standings(provider: Provider | None = None, *, held: bool | None = None) -> list[Standing]:
    """Return the accounts, those in use first, then by when they were changed. Who has read the lease says `held`."""
    rows = Account.objects.select_related("seen").order_by("-wanted", "-changed_at", "-pk")
    held = is_held() if held is None else held
    return [_standing(row, held) for row in (rows if provider is None else rows.filter(provider=provider))]


def troubled() -> QuerySet[Account]:
    """Return the accounts that somebody should look at: wanted, and not held, or broken off, or without all pages."""
    fresh = Q(seen__revision=F("revision"))
    broken = fresh & Q(seen__phase__in=[Phase.WAITING, Phase.REFUSED, Phase.BROKEN])
    left_out = fresh & Q(seen__joined=True) & Q(_LeavesOut("seen__detail"))
    return Account.objects.filter(wanted=True).filter(~held_now() | broken | left_out)


class _LeavesOut(Func):
    """Whether a state's detail has a page that is left out."""

    template = """jsonb_path_exists(%(expressions)s, '$.pages.*.state ? (@ == "left_out")')"""
    output_field = BooleanField()


def connected_providers() -> frozenset[str]:
    """Return the providers from whom messages can arrive now; one query."""
    rows = Account.objects.filter(held_now(), wanted=True, seen__joined=True, seen__revision=F("revision")).values_list(
        "provider", flat=True
    )
    return frozenset(rows)


def chosen(standings: list[Standing]) -> Standing | None:
    """Return the one that speaks for all where there is room for one: a connected one, or the first."""
    return next((one for one in standings if one.connected), standings[0] if standings else None)


def _standing(row: Account, held: bool) -> Standing:
    try:
        seen: AccountState | None = row.seen
    except ObjectDoesNotExist:
        seen = None
    if not row.wanted:
        return Standing(row, Phase.OFF, False, seen, "", held)
    if not held:
        return Standing(row, Phase.WAITING, False, seen, NO_HOLDER, held)
    if seen is None or seen.revision != row.revision:
        return Standing(row, Phase.CONNECTING, False, None, "", held)
    return Standing(row, Phase(seen.phase), seen.joined, seen, seen.error, held)
