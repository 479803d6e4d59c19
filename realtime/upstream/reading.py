"""How the sockets stand, for pages and screens. Two queries, however many accounts there are."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import F

from realtime.frames import Provider
from realtime.models import Account, AccountState
from realtime.upstream.lease import held_now, is_held
from realtime.upstream.state import Phase

NO_HOLDER = "No worker holds the sockets."


@dataclass(frozen=True, slots=True)
class Standing:
    """One account. `connected` is true when messages can arrive, and only then."""

    account: Account
    phase: Phase
    connected: bool
    seen: AccountState | None
    error: str

    @property
    def detail(self) -> dict[str, Any]:
        """Return what is known of channels and pages; nothing while the socket is not looked after."""
        return self.seen.detail if self.seen is not None and self.phase in (Phase.OPEN, Phase.JOINED) else {}


def standings(provider: Provider | None = None) -> list[Standing]:
    """Return the accounts, those in use first, then by when they were changed."""
    rows = Account.objects.select_related("seen").order_by("-wanted", "-changed_at", "-pk")
    held = is_held()
    return [_standing(row, held) for row in (rows if provider is None else rows.filter(provider=provider))]


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
        return Standing(row, Phase.OFF, False, seen, "")
    if not held:
        return Standing(row, Phase.WAITING, False, seen, NO_HOLDER)
    if seen is None or seen.revision != row.revision:
        return Standing(row, Phase.CONNECTING, False, None, "")
    return Standing(row, Phase(seen.phase), seen.joined, seen, seen.error)
