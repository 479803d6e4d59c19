"""The menu on the left and the tabs over some lists, in the shop's order. A reader sees only what they may open."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from wallets.models import PendingStatus, PendingWithdrawal

WITHDRAWALS = "wallets.pendingwithdrawal"
FAILED_COUNTED_MAX = 99


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the menu."""
    groups = [
        (
            _("Shop"),
            [
                (_("Customers"), "group", "customers.customer"),
                (_("Bank transfers"), "account_balance", "banking.banktransfer"),
            ],
        ),
        (
            _("Money"),
            [
                (_("Wallet transactions"), "receipt_long", "wallets.transaction"),
                (_("Wallets"), "account_balance_wallet", "wallets.wallet"),
                (_("Credit lots"), "redeem", "wallets.virtualcredit"),
                (_("Withdrawals for orders"), "pending_actions", WITHDRAWALS),
                (_("QR codes"), "qr_code_2", "banking.qrcode"),
            ],
        ),
        (
            _("Operations"),
            [
                (_("Deliveries"), "move_to_inbox", "banking.delivery"),
                (_("Refused deliveries"), "block", "banking.refusal"),
                (_("Audit log"), "policy", "n2store.auditlog"),
                (_("Events"), "bolt", "n2store.event"),
                (_("Job runs"), "fact_check", "n2store.jobrun"),
                (_("Timetable"), "schedule", "django_celery_beat.periodictask"),
            ],
        ),
        (
            _("Access"),
            [
                (_("Users"), "person", "auth.user"),
                (_("Roles"), "shield_person", "auth.group"),
                (_("API tokens"), "key", "knox.authtoken"),
            ],
        ),
    ]
    first = {"title": "", "items": [{"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")}]}
    return [first, *({"title": title, "items": _allowed(request, items)} for title, items in groups)]


def _allowed(request: HttpRequest, items: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": _list_of(model)} | _badge(request, model)
        for title, icon, model in items
        if _may_view(request, model)
    ]


def _badge(request: HttpRequest, model: str) -> dict[str, Any]:
    """Return the number of withdrawals that wait for a person, kept at the request for the first screen. One query."""
    if model != WITHDRAWALS:
        return {}
    failed = PendingWithdrawal.objects.filter(status=PendingStatus.FAILED)[:FAILED_COUNTED_MAX].count()
    request.failed_withdrawals = failed  # type: ignore[attr-defined]
    return {"badge": failed} if failed else {}


def _may_view(request: HttpRequest, model: str) -> bool:
    app, name = model.split(".")
    return request.user.has_perm(f"{app}.view_{name}")


def _list_of(model: str) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_changelist")


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the tabs over the lists of transfers and of withdrawals: by what became of them."""
    here = _list_of("banking.banktransfer")
    chosen = request.GET.get("owner", "")
    names = [("", _("All")), ("none", _("No owner yet")), ("linked", _("With owner")), ("out", _("Outgoing"))]
    items = [
        {"title": title, "link": f"{here}?owner={value}" if value else here, "active": chosen == value}
        for value, title in names
    ]
    return [{"models": ["banking.banktransfer"], "items": items}, _withdrawal_tabs(request)]


def _withdrawal_tabs(request: HttpRequest) -> dict[str, Any]:
    here = _list_of(WITHDRAWALS)
    chosen = request.GET.get("status__exact", "")
    names = [
        ("", _("All")), ("FAILED", _("Failed")), ("PENDING", _("Waiting")), ("COMPLETED", _("Taken")),
        ("CANCELLED", _("Cancelled")),
    ]  # fmt: skip
    items = [
        {"title": title, "link": f"{here}?status__exact={value}" if value else here, "active": chosen == value}
        for value, title in names
    ]
    return {"models": [WITHDRAWALS], "items": items}
