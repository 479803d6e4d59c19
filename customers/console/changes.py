"""What was changed at a customer, from the audit log: by whom, when, and each field before and after."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.fraud.told import reason_told
from customers.models import Customer, Status, Tier
from n2store.actions import action_told
from n2store.messages import message_of
from n2store.models import AuditLog, Outcome
from n2store.pages import drawn
from n2store.templatetags.money import vnd

ROWS_PER_PAGE = 50
CURSOR_DIGITS_MAX = 18
FIELDS = {
    "phone": gettext_lazy("Phone"),
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("Email"),
    "address": gettext_lazy("Address"),
    "status": gettext_lazy("Status"),
    "tier": gettext_lazy("Tier"),
    "tags": gettext_lazy("Tags"),
    "aliases": gettext_lazy("Also known as"),
    "internal_note": gettext_lazy("Internal note"),
    "tpos_id": gettext_lazy("TPOS id"),
    "tpos_data": gettext_lazy("TPOS record"),
    "debt_vnd": gettext_lazy("Old debt"),
    "active": gettext_lazy("Active"),
    "pinned": gettext_lazy("On top"),
    "text": gettext_lazy("Note"),
    "by": gettext_lazy("By"),
}
HIDDEN = {"note"}
"""Numbers of rows: they say nothing to a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line of the audit log as people read it. `fields` holds label, before and after."""

    line: AuditLog
    title: str
    refused: str
    reason: str
    fields: list[tuple[str, str, str]]


def changes_view(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show a page of the lines about this customer, newest first."""
    if not request.user.has_perms(["customers.view_customer", "n2store.view_auditlog"]):
        raise PermissionDenied
    customer = get_object_or_404(Customer, pk=customer_id)
    lines = AuditLog.objects.filter(subject=f"customer:{customer.pk}").order_by("-id")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) <= CURSOR_DIGITS_MAX:
        lines = lines.filter(pk__lt=int(before))
    rows = list(lines[: ROWS_PER_PAGE + 1])
    more = rows[ROWS_PER_PAGE - 1].pk if len(rows) > ROWS_PER_PAGE else None
    context = {
        "customer": customer,
        "original": customer,
        "tab": "changes",
        "changes": [change_of(line) for line in rows[:ROWS_PER_PAGE]],
        "more": urlencode({"before": more}) if more else "",
    }
    title = f"{_('Changes')} · {customer.name}"
    return drawn(request, "customers/customer/changes.html", context, title=title, of=Customer)


def change_of(line: AuditLog) -> Change:
    """Return a line with its fields named and its values as people write them."""
    before, after = line.before or {}, line.after or {}
    refused = line.outcome == Outcome.REFUSED
    return Change(
        line=line,
        title=_("Refused") if refused else action_told(line.action),
        refused=message_of(line.code, line.detail, {}) if refused else "",
        reason="" if refused else reason_told(line.detail),
        fields=[
            (str(FIELDS.get(field, field)), _told(field, before.get(field)), _told(field, after.get(field)))
            for field in dict.fromkeys([*before, *after])
            if field not in HIDDEN
        ],
    )


def _told(field: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if field == "debt_vnd" and isinstance(value, int):
        return vnd(value)
    choices = {"status": Status.choices, "tier": Tier.choices}.get(field, [])
    return str(dict(choices).get(value, value))
