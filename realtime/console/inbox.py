"""The inbox: who waits, the longest first, and the press that says somebody was answered."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from n2store import audit
from n2store.live import newest_position
from n2store.pages import drawn
from n2store.roles import caller_of
from realtime.console.waited import alarm, waited
from realtime.inbox.answering import answered
from realtime.inbox.authority import may_answer
from realtime.inbox.queries import pages_waited_on, waiting
from realtime.models import Channel, WaitingCustomer
from realtime.models.chat import ID_LENGTH_MAX
from realtime.pages import names as page_names

ROWS_PER_PAGE = 100
LIVE_EVENTS = ("inbox.message", "inbox.answered", "inbox.cleared", "inbox.linked")
"""What changes this screen."""


def inbox_view(request: HttpRequest) -> HttpResponse:
    """List who waits; `part=rows` returns only what changes, for the screen to draw anew, `part=count` how many."""
    if not request.user.has_perm("realtime.view_waitingcustomer"):
        raise PermissionDenied
    if request.GET.get("part") == "count":
        return JsonResponse({"waiting": WaitingCustomer.objects.count()})
    cursor = newest_position()  # Before the rows are read, so that nothing falls between page and stream.
    found = _found(request)
    if request.GET.get("part") == "rows":
        return render(request, "admin/realtime/inbox/_rows.html", found)
    context = found | {"live_cursor": cursor, "live_events": " ".join(LIVE_EVENTS)}
    return drawn(request, "realtime/inbox/page.html", context, title=_("Inbox"), of=WaitingCustomer)


@require_POST
def answered_view(request: HttpRequest, waiting_id: int) -> HttpResponse:
    """Take somebody off the list, unless they have written since the screen was drawn."""
    caller = caller_of(request.user)
    if not may_answer(caller):
        raise PermissionDenied
    row = WaitingCustomer.objects.filter(pk=waiting_id).first()
    name = "" if row is None else row.customer_name or row.psid
    if row is None:
        messages.info(request, _("Somebody was quicker: this customer is no longer on the list."))
    else:
        done = answered(
            psid=row.psid, page_id=row.page_id, seen=_number(request.POST.get("seen")) or row.last_message_id
        )
        if done.kept:
            messages.warning(request, _("%(name)s has written again meanwhile and still waits.") % {"name": name})
        else:
            audit.record(actor=caller.name, action="inbox.answer", subject=f"contact:{row.contact_id}")
            messages.success(request, _("%(name)s is answered.") % {"name": name})
    here = reverse("admin:realtime_waitingcustomer_changelist")
    query = urlencode({name: value for name, value in _narrowed(request.POST).items() if value})
    return HttpResponseRedirect(f"{here}?{query}" if query else here)


def _found(request: HttpRequest) -> dict[str, Any]:
    narrowed = _narrowed(request.GET)
    rows = waiting(page_id=narrowed["page"], channel=narrowed["channel"])
    after = _after(request.GET.get("after", ""))
    if after:
        since, id = after
        rows = rows.filter(Q(waiting_since__gte=since) & (Q(waiting_since__gt=since) | Q(pk__gt=id)))
    listed = list(rows[: ROWS_PER_PAGE + 1])
    now, names = timezone.now(), page_names()
    for row in listed:
        row.page_name = names.get(row.page_id, "")  # type: ignore[attr-defined]  # for the template
        row.waited = waited(row.waiting_since, now)  # type: ignore[attr-defined]  # for the template
        row.alarm = alarm(row.waiting_since, now)  # type: ignore[attr-defined]  # as above
    shown = listed[:ROWS_PER_PAGE]
    query = urlencode({name: value for name, value in narrowed.items() if value})
    pages = pages_waited_on()
    return {
        "rows": shown,
        "further": f"{int(shown[-1].waiting_since.timestamp() * 1_000_000)}-{shown[-1].pk}"
        if len(listed) > ROWS_PER_PAGE
        else "",
        "narrowed": narrowed,
        "query": query,
        "pages": [(page, names.get(page, ""), count, page == narrowed["page"]) for page, count in pages],
        "total": sum(count for _page, count in pages),
        "channels": [(value, label, value == narrowed["channel"]) for value, label in Channel.choices],
        "may_answer": may_answer(caller_of(request.user)),
    }


def _narrowed(given: Any) -> dict[str, str]:
    page, channel = given.get("page", "")[:ID_LENGTH_MAX].replace("\x00", ""), given.get("channel", "")
    return {"page": page, "channel": channel if channel in Channel.values else ""}


def _after(text: str) -> tuple[datetime, int] | None:
    """Read where the last page ended: microseconds, and the row's id."""
    microseconds, _dash, id = text.partition("-")
    at, last = _number(microseconds), _number(id)
    return (datetime.fromtimestamp(at / 1_000_000, UTC), last) if at and last and at < 253_000_000_000_000_000 else None


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 18 else None
