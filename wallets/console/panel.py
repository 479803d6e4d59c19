"""What the 360 screen shows of a wallet: what can be spent now, the lots it comes from, and what the reader may do."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Customer
from n2store.messages import message_of
from n2store.roles import Caller
from wallets.authority import Action, Blacklisted, limit_of, require_not_blacklisted
from wallets.console import withdrawals
from wallets.console.deeds import DEEDS
from wallets.console.effects import REVERSIBLE, held_now, lot_name
from wallets.models import CreditStatus, PendingWithdrawal, Transaction, VirtualCredit, Wallet
from wallets.receipts import receipts_of

ENDS_SOON = timedelta(days=3)
LOTS_SHOWN_MAX = 10
ORDERS_SHOWN_MAX = 5


def wallet_panel(customer: Customer, caller: Caller) -> dict[str, Any]:
    """Return the balances by the clock of now, the live lots, the orders that wait, and the buttons. Three queries."""
    wallet = Wallet.objects.get(customer=customer)
    held = held_now(wallet)
    return {
        "wallet": wallet,
        "real_vnd": wallet.real_vnd,
        "virtual_vnd": held.virtual_vnd,
        "total_vnd": wallet.real_vnd + held.virtual_vnd,
        "lots": lot_rows(held.lots[:LOTS_SHOWN_MAX], at=held.at, caller=caller),
        "buttons": buttons(customer, caller),
        "orders": orders_waiting(customer),
    }


def orders_waiting(customer: Customer) -> list[dict[str, Any]]:
    """Return the newest orders whose money is not taken yet, those that failed included. One query."""
    rows = PendingWithdrawal.objects.filter(customer=customer, status__in=withdrawals.WAITING).order_by("-id")
    return [
        {
            "order": row.order_number or row.order_id,
            "amount_vnd": row.amount_vnd,
            "status": row.status,
            "status_label": row.get_status_display(),
            "why": withdrawals.why(row),
            "since": row.created_at,
            "link": reverse("admin:wallets_pendingwithdrawal_change", args=[row.pk]),
        }
        for row in rows[:ORDERS_SHOWN_MAX]
    ]


def available(customer_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return real money and credit that can be spent now, by customer. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, real_vnd, virtual_vnd FROM wallets_available WHERE customer_id = ANY(%s)",
            [list(customer_ids)],
        )
        return {customer_id: (real_vnd, virtual_vnd) for customer_id, real_vnd, virtual_vnd in cursor.fetchall()}


def buttons(customer: Customer, caller: Caller) -> list[dict[str, Any]]:
    """Return what the caller may do with this wallet, in the order of the screen; `refused` says why one is shut."""
    return [
        {
            "name": name,
            "title": deed.title,
            "icon": deed.icon,
            "link": reverse("admin:wallets_wallet_deed", args=[customer.pk, name]),
            "refused": _why_shut(customer, deed.action),
        }
        for name, deed in DEEDS.items()
        if limit_of(caller.roles, deed.action) is not None
    ]


def _why_shut(customer: Customer, action: Action) -> str:
    try:
        require_not_blacklisted(customer, action)
    except Blacklisted as refused:
        return message_of(refused.code, str(refused), refused.params)
    return ""


def lot_rows(lots: Any, *, at: datetime, caller: Caller) -> list[dict[str, Any]]:
    """Return lots as a table shows them, each with what is left of its time."""
    may_cancel = limit_of(caller.roles, Action.CANCEL_CREDIT) is not None
    return [_lot_row(lot, at) | {"cancel_link": _cancel_link(lot, at) if may_cancel else ""} for lot in lots]


def _lot_row(lot: VirtualCredit, at: datetime) -> dict[str, Any]:
    live = lot.status == CreditStatus.ACTIVE and lot.expires_at > at
    left = lot.expires_at - at
    return {
        "id": lot.pk,
        "name": lot_name(lot),
        "note": lot.note,
        "original_vnd": lot.original_vnd,
        "remaining_vnd": lot.remaining_vnd if live else 0,
        "issued_at": lot.issued_at,
        "expires_at": lot.expires_at,
        "live": live,
        "soon": live and left <= ENDS_SOON,
        "left": time_left(left) if live else "",
        # A lot whose time is over but which the hourly job has not seen yet is over.
        "status": lot.status if live or lot.status != CreditStatus.ACTIVE else CreditStatus.EXPIRED.value,
        "status_label": (
            lot.get_status_display() if live or lot.status != CreditStatus.ACTIVE else CreditStatus.EXPIRED.label
        ),
        "ended_at": None if live else lot.ended_at or lot.expires_at,
    }


def _cancel_link(lot: VirtualCredit, at: datetime) -> str:
    """Return where an untouched lot is taken back, or nothing for another one."""
    untouched = lot.status == CreditStatus.ACTIVE and lot.remaining_vnd == lot.original_vnd and lot.expires_at > at
    return reverse("admin:wallets_virtualcredit_cancel", args=[lot.pk]) if untouched else ""


def time_left(left: timedelta) -> str:
    """Return `5 days left`, or the hours on the last day."""
    if left >= timedelta(days=1):
        days = math.ceil(left / timedelta(days=1))
        return ngettext("%(count)s day left", "%(count)s days left", days) % {"count": days}
    hours = int(left.total_seconds() // 3600)
    if hours == 0:
        return _("less than an hour left")
    return ngettext("%(count)s hour left", "%(count)s hours left", hours) % {"count": hours}


def statement_rows(rows: Iterable[Transaction], caller: Caller) -> list[Transaction]:
    """Return rows as a table shows them, at the cost of a few queries whatever their number.

    Each gets its `receipt`, the `origin_link` to what that names, and the `reverse_link` to where it is taken back,
    which is empty where that cannot be or is not for the caller. They come with `reversed_by` selected.
    """
    rows = list(rows)
    receipts = receipts_of(rows)
    limit = limit_of(caller.roles, Action.REVERSE)
    for row in rows:
        possible = (
            limit is not None
            and abs(row.amount_vnd) <= limit
            and row.type in REVERSIBLE
            and getattr(row, "reversed_by", None) is None
        )
        told: Any = row
        told.reverse_link = reverse("admin:wallets_transaction_reverse", args=[row.pk]) if possible else ""
        told.receipt = receipts.get(row.pk, "")
        told.origin_link = origin_link(row)
    return rows


def origin_link(row: Transaction) -> str:
    """Return the page of what a row came with: its bank transfer, or the other rows of its order; else nothing."""
    if row.reference_type == "balance_history" and row.reference_id.isdecimal():
        return reverse("admin:banking_banktransfer_change", args=[row.reference_id])
    if row.reference_type == "order" and row.reference_id:
        return f"{reverse('admin:wallets_transaction_changelist')}?{urlencode({'q': row.reference_id})}"
    return ""
