"""Who a transfer may belong to, as a page shows it: the person, how sure the rules are, and each piece of evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from banking.matching.words import said
from banking.models import BankTransfer, KnownPayer
from customers.models import Customer, Tier
from wallets.console.panel import available

PAYERS_SHOWN_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A candidate. `chosen` is what the form sends, so that the same person is chosen whatever the order is by then."""

    phone: str
    name: str
    chosen: str
    source: str
    score: int
    evidence: Sequence[tuple[str, int]]
    customer_id: int | None
    blacklisted: bool
    wallet_vnd: int | None


def shown(candidates: Any) -> list[Shown]:
    """Return the stored candidates of a question or a decision, best first. Two queries whatever their number."""
    rows = [row for row in candidates if isinstance(row, dict)] if isinstance(candidates, list) else []
    known = Customer.objects.in_bulk([row["customer_id"] for row in rows if isinstance(row.get("customer_id"), int)])
    money = available(list(known))
    return [_shown(row, known.get(row.get("customer_id") or 0), money) for row in rows]


def _shown(row: dict[str, Any], customer: Customer | None, money: dict[int, tuple[int, int]]) -> Shown:
    phone = customer.phone if customer else str(row.get("phone") or "")
    return Shown(
        phone=phone,
        name=customer.name if customer else str(row.get("name") or ""),
        chosen=phone,
        source=_("Customer of the shop") if customer else _("Only in TPOS: will be added here"),
        score=int(row.get("score") or 0),
        evidence=evidence_of(row),
        customer_id=customer.pk if customer else None,
        blacklisted=bool(customer and customer.tier == Tier.BLACKLIST),
        wallet_vnd=sum(money[customer.pk]) if customer and customer.pk in money else None,
    )


def evidence_of(row: dict[str, Any]) -> list[tuple[str, int]]:
    """Return each piece of evidence in words, with its points: below zero speaks against."""
    found = row.get("evidence")
    pieces = [piece for piece in found if isinstance(piece, dict)] if isinstance(found, list) else []
    return [(said(piece), int(piece.get("points") or 0)) for piece in pieces]


def known_payers(transfer: BankTransfer) -> list[KnownPayer]:
    """Return whose the paying account was confirmed to be, the most often confirmed first. One query."""
    payers = KnownPayer.objects.filter(account=transfer.payer_account).exclude(account="").select_related("customer")
    return list(payers.order_by("-times", "-id")[:PAYERS_SHOWN_MAX])
