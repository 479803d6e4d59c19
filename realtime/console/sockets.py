"""The page of sockets: how each account stands, what came, and starting or stopping one after a question."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from n2store.live import newest_position
from n2store.pages import drawn
from n2store.refused import refusal_told
from n2store.roles import caller_of
from realtime.console import frames_told
from realtime.console.sockets_told import AccountLine, account_line
from realtime.frames import Provider
from realtime.models import Account, PageSilence
from realtime.pages import names as page_names
from realtime.upstream import commands
from realtime.upstream.lease import holding_now
from realtime.upstream.reading import standings

LIVE_EVENTS = ("socket.changed",)
"""What changes this screen at once. Frames and a dead worker are no events: the screen looks every few seconds too."""
PAGE = "admin:realtime_account_changelist"


def sockets_view(request: HttpRequest) -> HttpResponse:
    """Show the accounts, those that somebody should look at first; `part=rows` returns only what changes."""
    _require_sight(request)
    cursor = newest_position()  # Before the rows are read, so that nothing falls between page and stream.
    found = _found(request)
    if request.GET.get("part") == "rows":
        return render(request, "admin/realtime/sockets/_rows.html", found)
    more = found | {"live_cursor": cursor, "live_events": " ".join(LIVE_EVENTS)}
    return _page(request, "page", more, title=_("Sockets"))


def start_view(request: HttpRequest, account_id: int) -> HttpResponse:
    """Ask whether a socket is to be opened, or tried again at once, and do so."""
    return _command(request, account_id, "start")


def stop_view(request: HttpRequest, account_id: int) -> HttpResponse:
    """Ask whether a socket is to be closed, and close it."""
    return _command(request, account_id, "stop")


def _command(request: HttpRequest, account_id: int, verb: str) -> HttpResponse:
    _require_sight(request)
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise Http404
    if request.method == "POST":
        return _carried_out(request, account, verb)
    if not caller_of(request.user).roles & (commands.MAY_START if verb == "start" else commands.MAY_STOP):
        raise PermissionDenied
    lease = holding_now()
    one = next(one for one in standings(held=lease is not None) if one.account.pk == account.pk)
    line = account_line(one, last_at={}, silences={}, names={}, now=timezone.now())
    title = _("Start: %(name)s") if verb == "start" else _("Stop: %(name)s")
    more = {"line": line, "takes_away": verb == "stop", "back": reverse(PAGE)}
    return _page(request, "command", more, title=title % {"name": _name(line)})


def _carried_out(request: HttpRequest, account: Account, verb: str) -> HttpResponse:
    caller = caller_of(request.user)
    with refusal_told(request, f"socket:{account.pk}"):
        if verb == "start":
            changed = commands.start_again(account.pk, caller=caller)
            said = _("The connection is being opened.") if changed else _("The connection works already.")
        else:
            changed = bool(commands.stop(Provider(account.provider), caller=caller, owner=account.owner))
            said = _("The connection is closed.") if changed else _("The connection was closed already.")
        messages.success(request, said)
    return HttpResponseRedirect(reverse(PAGE))


def _found(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows. The number of queries is the same however many accounts and pages there are."""
    lease, now = holding_now(), timezone.now()
    accounts = standings(held=lease is not None)
    pages = sorted({id for one in accounts for id in one.account.page_ids})
    last_at = frames_told.last_of_pages(pages)
    silences = {one.page_id: one for one in PageSilence.objects.filter(ended_at=None).order_by("page_id")}
    names = page_names()
    for silence in silences.values():
        silence.name = names.get(silence.page_id, "")  # type: ignore[attr-defined]  # for the template
    lines = [account_line(one, last_at=last_at, silences=silences, names=names, now=now) for one in accounts]
    roles = caller_of(request.user).roles
    return {
        "lines": sorted(lines, key=lambda line: not line.is_alarm),
        "alarms": sum(line.is_alarm for line in lines),
        "wanted": sum(line.account.wanted for line in lines),
        "lease": lease,
        "silences": list(silences.values()),
        "kinds": frames_told.kinds(),
        "failed": frames_told.failed(),
        "may_start": bool(roles & commands.MAY_START),
        "may_stop": bool(roles & commands.MAY_STOP),
    }


def _name(line: AccountLine) -> str:
    return f"{line.provider} {line.account.owner}"


def _require_sight(request: HttpRequest) -> None:
    if not request.user.has_perm("realtime.view_account"):
        raise PermissionDenied


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, title: str) -> HttpResponse:
    return drawn(request, f"realtime/sockets/{name}.html", context, title=title, of=Account)
