"""How another service does, in words for staff."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pybreaker import STATE_CLOSED, STATE_HALF_OPEN, STATE_OPEN

from n2store.templatetags.money import grouped, moment
from proxy.watching.breaker import STALLED
from proxy.watching.reading import Doing

NAMES = {
    "tpos": "TPOS",
    "tpos-stream": gettext_lazy("TPOS, live comments"),
    "pancake": "Pancake",
    "pancake-official": gettext_lazy("Pancake, official API (pages.fm)"),
    "facebook": "Facebook",
    "bucket": gettext_lazy("The bucket of pictures (S3)"),
    "gemini": "Gemini",
    "payos": gettext_lazy("PayOS, top-ups"),
    "sepay-list": gettext_lazy("SePay, the list of transfers"),
    "telegram": gettext_lazy("Telegram, messages to the shop's chat"),
    "images": gettext_lazy("Pictures of other servers"),
    "addresses": gettext_lazy("Addresses and QR pictures"),
}
STATES = {
    STATE_CLOSED: gettext_lazy("Calls pass"),
    STATE_HALF_OPEN: gettext_lazy("The next call is tried"),
    STATE_OPEN: gettext_lazy("Held back"),
}
HELD = {
    "bucket": gettext_lazy(
        "For %(minutes)s minutes pictures are neither shown nor kept; none is lost. Then one call is tried."
    ),
    "payos": gettext_lazy(
        "For %(minutes)s minutes no customer can begin a top-up. Money that is paid meanwhile still arrives. Then one"
        " call is tried."
    ),
    "sepay-list": gettext_lazy(
        "For %(minutes)s minutes transfers that SePay did not report are not looked for. What it reports by itself"
        " still arrives. Then one call is tried."
    ),
    "telegram": gettext_lazy(
        "For %(minutes)s minutes the shop's chat hears nothing; what is to be told is kept and told afterwards. Then"
        " one call is tried."
    ),
}
"""What it means to hold back a service that no page asks."""
REASONS = {
    "UPSTREAM_TIMEOUT": gettext_lazy("It did not answer in time."),
    STALLED: gettext_lazy("Calls wait, and nobody is answered."),
    "UPSTREAM_UNREACHABLE": gettext_lazy("It could not be reached."),
    "UPSTREAM_CUT": gettext_lazy("Its answer broke off."),
    "UPSTREAM_TOO_LARGE": gettext_lazy("Its answer was too large."),
    "UPSTREAM_UNSUITABLE": gettext_lazy("Its answer could not be used."),
    "UPSTREAM_BUSY": gettext_lazy("Too many calls were on their way."),
    "UPSTREAM_OPEN": gettext_lazy("Calls were held back."),
    "HOST_REFUSED": gettext_lazy("The address leads where we do not go."),
    "CALLER_GONE": gettext_lazy("The caller went away."),
}


def name_told(name: str) -> str:
    """Return what staff call a service."""
    return str(NAMES.get(name, name))


def reason_told(why: str) -> str:
    """Return why a call did not go well."""
    if why.startswith("HTTP_"):
        return _("It answered with HTTP %(status)s.") % {"status": why.removeprefix("HTTP_")}
    return str(REASONS.get(why, why))


def state_told(one: Doing) -> str:
    """Return in a word whether calls pass."""
    if one.missing:
        return _("Not set up")
    if one.hosts:
        return _("Some hosts are held back")
    return str(STATES.get(one.breaker.now, one.breaker.now))


def hint_told(one: Doing) -> str:
    """Return what the state means, or what helps; nothing when all is well."""
    breaker = one.breaker
    if one.missing:
        return _("It is not asked. Missing in the shop's settings: %(names)s.") % {"names": ", ".join(one.missing)}
    if one.hosts:
        return _("Held back: %(hosts)s. Pictures of other hosts are shown.") % {"hosts": ", ".join(one.hosts)}
    if breaker.now == STATE_OPEN:
        until = moment(datetime.fromtimestamp(breaker.until, UTC))[-5:]
        if breaker.by:
            return _("%(by)s holds calls back until %(until)s.") % {"by": breaker.by, "until": until}
        return _(
            "It failed several times in a row. Pages hear so at once instead of waiting; it is tried at %(until)s."
        ) % {"until": until}
    if breaker.now == STATE_HALF_OPEN:
        return _("One call is let through. If it goes well, all pass again.")
    return ""


def held_told(name: str, minutes: int) -> str:
    """Return what it means to hold a service back."""
    said = HELD.get(name) or _(
        "For %(minutes)s minutes every page that asks this service hears at once that it is not there. Then one call is"
        " tried."
    )
    return str(said) % {"minutes": minutes}


def share_told(one: Doing) -> str:
    """Return which share of the calls failed, such as `2,5 %`."""
    if not one.calls:
        return "–"
    share = f"{100 * one.failed_share:.1f}"
    return f"{_with_comma(share)} %"


def pace_told(one: Doing) -> str:
    """Return how many calls a minute went out."""
    if one.calls_a_minute >= 10 or not one.calls:
        return grouped(round(one.calls_a_minute))
    return _with_comma(f"{one.calls_a_minute:.1f}")


def time_told(ms: int | None) -> str:
    """Return a bound in milliseconds as staff read it."""
    if ms is None:
        return "–"
    if ms > 60_000:
        return "> 60 s"
    return f"≤ {ms} ms" if ms < 1_000 else f"≤ {_with_comma(f'{ms / 1000:g}')} s"


def _with_comma(number: str) -> str:
    return number.replace(".", ",") if grouped(1000) == "1.000" else number
