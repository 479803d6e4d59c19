"""The menu on the left and the tabs over some lists, in the shop's order. A reader sees only what they may open."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from banking.console.waiting import Why, waiting
from banking.models import FailedDelivery, Incident, IncidentStatus, RetryStatus, Topup, Undo, UndoStatus
from customers.models import CaseStatus, FraudCase
from n2store.counting import COUNTED_MAX, counted, told_count
from realtime.models import PageSilence, WaitingCustomer
from realtime.upstream.reading import troubled
from tickets.lateness import late
from tickets.models import Ticket
from tickets.workflow import OPEN
from wallets.models import PendingStatus, PendingWithdrawal

WITHDRAWALS = "wallets.pendingwithdrawal"
TRANSFERS = "banking.banktransfer"
TICKETS = "tickets.ticket"
CASES = "customers.fraudcase"
INBOX = "realtime.waitingcustomer"
SOCKETS = "realtime.account"
SILENCES = "realtime.pagesilence"
PAGES = {
    "queue": "admin:banking_banktransfer_queue",
    "review": "admin:banking_banktransfer_review",
    "undos": "admin:banking_banktransfer_undos",
    "closing": "admin:banking_banktransfer_closing",
    "n2store.jobrun": "admin:n2store_jobrun_jobs",
    "proxy.trace": "admin:proxy_trace_services",
}
"""Pages of transfers that are no model's list, and those that stand before their model's list."""
COUNTED: dict[str, Callable[[], QuerySet[Any]]] = {
    INBOX: WaitingCustomer.objects.all,
    SOCKETS: troubled,
    SILENCES: lambda: PageSilence.objects.filter(ended_at=None),
    WITHDRAWALS: lambda: PendingWithdrawal.objects.filter(status=PendingStatus.FAILED),
    TICKETS: lambda: Ticket.objects.kept().filter(status__in=OPEN),
    CASES: lambda: FraudCase.objects.filter(status=CaseStatus.OPEN),
    "late": lambda: Ticket.objects.kept().filter(late(timezone.now())),
    "queue": waiting,
    "review": lambda: waiting(Why.REVIEW),
    "undos": lambda: Undo.objects.filter(status=UndoStatus.WAITING),
    "banking.topup": lambda: Topup.objects.exclude(review_reason=""),
    "banking.incident": lambda: Incident.objects.filter(status__in=[IncidentStatus.OPEN, IncidentStatus.NOT_FOUND]),
    "banking.faileddelivery": lambda: FailedDelivery.objects.exclude(status=RetryStatus.SUCCESS),
}
"""What waits for a person, and where it is settled."""
LISTS = {"banking_banktransfer_changelist", "banking_banktransfer_change"}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the menu."""
    groups = [
        (
            _("Shop"),
            [
                (_("Inbox"), "inbox", INBOX),
                (_("Sockets"), "cable", SOCKETS),
                (_("Customers"), "group", "customers.customer"),
                (_("Tickets"), "confirmation_number", TICKETS),
                (_("Fraud cases"), "gpp_maybe", CASES),
                (_("Scoring"), "leaderboard", "customers.rfmconfig"),
                (_("Ticket policies"), "tune", "tickets.policy"),
            ],
        ),
        (
            _("Transfers"),
            [
                (_("To settle"), "fact_check", "queue"),
                (_("Waits for the accountant"), "price_check", "review"),
                (_("Second person"), "group_add", "undos"),
                (_("All transfers"), "account_balance", TRANSFERS),
                (_("Closing sheet"), "balance", "closing"),
                (_("Missing transfers"), "report", "banking.incident"),
                (_("Failed deliveries"), "sync_problem", "banking.faileddelivery"),
                (_("QR codes"), "qr_code_2", "banking.qrcode"),
                (_("Known payers"), "contact_page", "banking.knownpayer"),
            ],
        ),
        (
            _("Money"),
            [
                (_("Wallet transactions"), "receipt_long", "wallets.transaction"),
                (_("Top-ups"), "qr_code_scanner", "banking.topup"),
                (_("Wallets"), "account_balance_wallet", "wallets.wallet"),
                (_("Credit lots"), "redeem", "wallets.virtualcredit"),
                (_("Withdrawals for orders"), "pending_actions", WITHDRAWALS),
            ],
        ),
        (
            _("Operations"),
            [
                (_("Deliveries"), "move_to_inbox", "banking.delivery"),
                (_("Deliveries of PayOS"), "webhook", "banking.payosdelivery"),
                (_("Refused deliveries"), "block", "banking.refusal"),
                (_("Audit log"), "policy", "n2store.auditlog"),
                (_("Events"), "bolt", "n2store.event"),
                (_("Jobs"), "fact_check", "n2store.jobrun"),
                (_("Other services"), "hub", "proxy.trace"),
                (_("Alerts"), "notifications", "proxy.alert"),
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
    _count(request)
    first = {"title": "", "items": [{"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")}]}
    return [first, *({"title": title, "items": _allowed(request, items)} for title, items in groups)]


def _allowed(request: HttpRequest, items: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": _page_of(name)} | _badge(request, name) | _active(request, name)
        for title, icon, name in items
        if _may_view(request, name)
    ]


def _count(request: HttpRequest) -> None:
    """Count what waits for a person, once a page; kept at the request as `waits` for the page itself. One query."""
    wanted = {name: rows() for name, rows in COUNTED.items() if _may_view(request, name)}
    request.waits = counted(**{name.replace(".", "_"): rows for name, rows in wanted.items()})  # type: ignore[attr-defined]


def _badge(request: HttpRequest, name: str) -> dict[str, Any]:
    count = request.waits.get(name.replace(".", "_"), 0)  # type: ignore[attr-defined]
    if name == SOCKETS:  # A page may be silent although its socket looks well.
        count += request.waits.get(SILENCES.replace(".", "_"), 0)  # type: ignore[attr-defined]
    late = request.waits.get("late", 0) if name == TICKETS else 0  # type: ignore[attr-defined]
    told = told_count(count) if count >= COUNTED_MAX else count
    if late:
        told = _("%(open)s, %(late)s late") % {"open": told, "late": told_count(late)}
    return {"badge": told} if count else {}


def _active(request: HttpRequest, name: str) -> dict[str, Any]:
    """The list of all transfers stands above the other pages of transfers in the address, but is another page."""
    if name != TRANSFERS:
        return {}
    return {"active": request.resolver_match is not None and request.resolver_match.url_name in LISTS}


def _may_view(request: HttpRequest, page: str) -> bool:
    app, name = (page if "." in page else TICKETS if page == "late" else TRANSFERS).split(".")
    return request.user.has_perm(f"{app}.view_{name}")


def _page_of(name: str) -> str:
    return reverse(PAGES[name]) if name in PAGES else _list_of(name)


def _list_of(model: str) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_changelist")


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the tabs over the list of withdrawals, by what became of them; transfers have tabs of their own."""
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
    return [{"models": [WITHDRAWALS], "items": items}]
