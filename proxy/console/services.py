"""The page of other services: how each does, and holding calls back or trying one after a question."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from pybreaker import STATE_OPEN

from n2store.live import newest_position
from n2store.pages import drawn
from n2store.refused import refusal_told
from n2store.roles import caller_of
from proxy.authority import Right, has
from proxy.console import services_told as told
from proxy.models import Trace
from proxy.watching import switching
from proxy.watching.reading import WINDOW_MINUTES, Doing, doing

PAGE = "admin:proxy_trace_services"


@dataclass(frozen=True, slots=True)
class Line:
    """One service as the page shows it."""

    doing: Doing
    name: str
    state: str
    hint: str
    pace: str
    share: str
    p50: str
    p95: str
    why: str

    @property
    def may_hold(self) -> bool:
        """Whether there is one breaker for it, and calls pass."""
        return self.has_switch and self.doing.breaker.now != STATE_OPEN

    @property
    def may_try(self) -> bool:
        """Whether calls are held back."""
        return self.has_switch and self.doing.breaker.now == STATE_OPEN

    @property
    def has_switch(self) -> bool:
        """Whether people may do anything about it."""
        return not self.doing.many_hosts and not self.doing.missing


def services_view(request: HttpRequest) -> HttpResponse:
    """Show every service: first who is held back, last who is not set up. `part=rows` returns only what changes."""
    _require_sight(request)
    cursor = newest_position()
    found = _found(request)
    if request.GET.get("part") == "rows":
        return render(request, "admin/proxy/services/_rows.html", found)
    return _page(request, "page", found | {"live_cursor": cursor, "live_events": ""}, title=_("Other services"))


def hold_view(request: HttpRequest, name: str) -> HttpResponse:
    """Ask whether calls to a service are to be held back, and do so."""
    return _command(request, name, "hold")


def try_view(request: HttpRequest, name: str) -> HttpResponse:
    """Ask whether a service is to be tried at once, and do so."""
    return _command(request, name, "try")


def _command(request: HttpRequest, name: str, verb: str) -> HttpResponse:
    _require_sight(request)
    line = next((_line(one) for one in doing(timezone.now()).upstreams if one.name == name), None)
    if line is None or not line.has_switch:
        raise Http404
    if request.method == "POST":
        return _carried_out(request, name, verb)
    if not has(caller_of(request.user), Right.SWITCH):
        raise PermissionDenied
    title = _("Hold back: %(name)s") if verb == "hold" else _("Try now: %(name)s")
    held = told.held_told(name, switching.held_minutes())
    more = {"line": line, "held": held, "takes_away": verb == "hold", "back": reverse(PAGE)}
    return _page(request, "command", more, title=title % {"name": told.name_told(name)})


def _carried_out(request: HttpRequest, name: str, verb: str) -> HttpResponse:
    caller = caller_of(request.user)
    with refusal_told(request, f"upstream:{name}"):
        if verb == "hold":
            switching.hold(name, caller=caller)
            said = _("Calls are held back.")
        else:
            changed = switching.try_now(name, caller=caller)
            said = _("The next call is let through.") if changed else _("Calls pass already.")
        messages.success(request, said)
    return HttpResponseRedirect(reverse(PAGE))


def _found(request: HttpRequest) -> dict[str, Any]:
    found = doing(timezone.now())
    return {
        "lines": [_line(one) for one in sorted(found.upstreams, key=lambda one: (not one.is_alarm, bool(one.missing)))],
        "alarms": sum(one.is_alarm for one in found.upstreams),
        "breakers_known": found.breakers_known,
        "minutes": WINDOW_MINUTES,
        "may_switch": has(caller_of(request.user), Right.SWITCH),
    }


def _line(one: Doing) -> Line:
    return Line(
        doing=one, name=told.name_told(one.name), state=told.state_told(one), hint=told.hint_told(one),
        pace=told.pace_told(one), share=told.share_told(one), p50=told.time_told(one.p50_ms),
        p95=told.time_told(one.p95_ms), why=told.reason_told(one.last_failure.why) if one.last_failure else "",
    )  # fmt: skip


def _require_sight(request: HttpRequest) -> None:
    if not request.user.has_perm("proxy.view_trace"):
        raise PermissionDenied


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, title: str) -> HttpResponse:
    return drawn(request, f"proxy/services/{name}.html", context, title=title, of=Trace)
