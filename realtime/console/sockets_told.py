"""How a socket stands, in words for staff: the state, what it means, and what helps."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from n2store.templatetags.money import moment
from realtime.console.reasons_told import reason_told
from realtime.frames import Provider
from realtime.models import Account, AccountState, PageSilence
from realtime.upstream.reading import Standing
from realtime.upstream.state import Phase

PROVIDERS = {Provider.PANCAKE: "Pancake", Provider.TPOS: "TPOS"}
ALARMS = frozenset({Phase.WAITING, Phase.REFUSED, Phase.BROKEN})
PHASES = {
    Phase.CONNECTING: gettext_lazy("Connecting"),
    Phase.OPEN: gettext_lazy("Connected, but not let in yet"),
    Phase.JOINED: gettext_lazy("Connected"),
    Phase.WAITING: gettext_lazy("Waits for the next attempt"),
    Phase.REFUSED: gettext_lazy("Login refused"),
    Phase.BROKEN: gettext_lazy("Cannot be opened"),
    Phase.OFF: gettext_lazy("Stopped"),
}
HINTS = {
    Phase.OPEN: gettext_lazy("The line is open, the neighbour has not answered yet. Nothing arrives so far."),
    Phase.WAITING: gettext_lazy("The connection broke. It is tried again by itself; nobody has to do anything."),
    Phase.REFUSED: gettext_lazy(
        "Pancake does not take the login any more. Sign in to Pancake anew and open the shop's page."
    ),
    Phase.BROKEN: gettext_lazy("Tell whoever looks after the server; the reason stands below."),
    Phase.OFF: gettext_lazy("Nothing arrives until somebody starts it."),
}
"""What a state means, or what helps."""
PAGES = {
    "joined": gettext_lazy("Connected"),
    "joining": gettext_lazy("Connecting"),
    "left_out": gettext_lazy("Left out"),
    "refused": gettext_lazy("Refused"),
    "waiting": gettext_lazy("Waits for the next attempt"),
    "off": gettext_lazy("Off"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLine:
    """One page of an account. `last_at`: its newest frame, by whichever account it came."""

    id: str
    name: str
    """What it is called, where that is known."""
    state: str
    state_told: str
    reason: str
    last_at: datetime | None
    silence: PageSilence | None

    @property
    def is_alarm(self) -> bool:
        """Whether its messages are missing, or may be."""
        return self.state in ("left_out", "refused") or self.silence is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """One account as the page shows it."""

    account: Account
    provider: str
    phase: str
    connected: bool
    told: str
    hint: str
    error: str
    is_alarm: bool
    seen: AccountState | None
    token_ended: bool
    pages: list[PageLine] = field(default_factory=list)


def account_line(
    one: Standing,
    *,
    last_at: dict[str, datetime],
    silences: dict[str, PageSilence],
    names: dict[str, str],
    now: datetime,
) -> AccountLine:
    """Return an account's line. `last_at`, `silences` and `names` are by page."""
    pages = [_page_line(id, one, names.get(id, ""), last_at.get(id), silences.get(id)) for id in one.account.page_ids]
    left_out = sum(page.state == "left_out" for page in pages)
    unheld = one.account.wanted and not one.held
    return AccountLine(
        account=one.account,
        provider=PROVIDERS[Provider(one.account.provider)],
        phase="left-out" if one.connected and left_out else str(one.phase),
        connected=one.connected,
        told=_("No worker holds it") if unheld else _told(one, left_out),
        hint=_("The worker that holds the sockets is not running. Nothing arrives until one runs again.")
        if unheld
        else _hint(one, left_out),
        error="" if unheld else reason_told(one.error),
        is_alarm=one.account.wanted and (one.phase in ALARMS or any(page.is_alarm for page in pages)),
        seen=one.seen,
        token_ended=one.account.token_until is not None and one.account.token_until <= now,
        pages=pages,
    )


def _told(one: Standing, left_out: int) -> str:
    if one.phase is Phase.JOINED and left_out:
        return ngettext("Connected, 1 page left out", "Connected, %(count)s pages left out", left_out) % {
            "count": left_out
        }
    if one.phase is Phase.WAITING and one.seen is not None and one.seen.next_try_at is not None:
        return _("Waits until %(at)s") % {"at": moment(one.seen.next_try_at)[-5:]}
    return str(PHASES[one.phase])


def _hint(one: Standing, left_out: int) -> str:
    if one.phase is Phase.JOINED and left_out:
        return _("Pages are left out when their plan at Pancake has ended. They are tried again by themselves.")
    if one.phase is Phase.REFUSED and one.account.provider == Provider.TPOS:
        return _("TPOS does not take the login any more. Open the shop's page of TPOS, signed in anew.")
    return str(HINTS.get(one.phase, ""))


def _page_line(id: str, one: Standing, name: str, last_at: datetime | None, silence: PageSilence | None) -> PageLine:
    said = one.detail.get("pages", {}).get(id, {})
    state = said.get("state", "off")
    return PageLine(
        id=id, name=name, state=state, state_told=str(PAGES.get(state, state)), reason=said.get("reason", ""),
        last_at=last_at, silence=silence,
    )  # fmt: skip
