"""Transfers in each state that a person meets, made without the rules."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from banking.models import (
    BankTransfer,
    Decision,
    Delivery,
    Direction,
    KnownPayer,
    MatchMethod,
    PendingMatch,
    Provider,
    Verdict,
    Verification,
)
from customers.models import Customer
from customers.operations import get_or_create_customer

NOON = datetime(2026, 1, 16, 5, 0, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)> \u202e\x07'
_numbers = count(1)


def person(phone: str = "0909318264", name: str = "Chị Hoa") -> Customer:
    return get_or_create_customer(phone=phone, name=name, by="test")[0]


def arrived(content: str = "khong ro ai", amount_vnd: int = 350_000, **given: Any) -> BankTransfer:
    """Return an incoming transfer without an owner; each is a minute older than the one before."""
    number = next(_numbers)
    body = f'{{"id": {number}}}'
    delivery = Delivery.objects.create(provider=Provider.SEPAY, external_id=number, body=body)
    fields: dict[str, Any] = {
        "gateway": "ACB",
        "account_number": "75918",
        "transferred_at": NOON - timedelta(minutes=number),
        "direction": Direction.IN,
        "accumulated_vnd": 18_250_000,
        "content": content,
        "amount_vnd": amount_vnd,
    }
    return BankTransfer.objects.create(sepay_id=number, delivery=delivery, **(fields | given))


def candidate(customer: Customer, score: int = 72) -> dict[str, Any]:
    return {
        "customer_id": customer.pk, "phone": customer.phone, "name": customer.name, "source": "own", "tpos_id": None,
        "score": score, "evidence": [{"code": "LAST_DIGITS", "points": score, "text": {"digits": customer.phone[-6:]}}],
    }  # fmt: skip


def asked(*candidates: Customer, content: str = "318264 ck", **given: Any) -> BankTransfer:
    """Return a transfer about which staff are asked: which of these it is."""
    transfer = arrived(content, verification=Verification.PENDING_VERIFICATION, **given)
    found = [candidate(customer, 72 - place) for place, customer in enumerate(candidates)]
    PendingMatch.objects.create(transfer=transfer, extracted_text="318264", candidates=found)
    Decision.objects.create(
        transfer=transfer, verdict=Verdict.ASKED, actor="rules", rule_version="1", threshold=80, candidates=found,
        reading_kind="partial", reading_value="318264", reading_rule="E5",
    )  # fmt: skip
    return transfer


def linked(customer: Customer, **given: Any) -> BankTransfer:
    """Return a transfer with an owner that waits for the accountant."""
    fields: dict[str, Any] = {
        "customer": customer,
        "verification": Verification.PENDING_VERIFICATION,
        "match_method": MatchMethod.MANUAL_ENTRY,
        "matched_text": customer.phone,
    }
    return arrived(**({"content": "tien hang"} | fields | given))


def payer(customer: Customer, account: str = "0071000123456") -> KnownPayer:
    return KnownPayer.objects.create(account=account, customer=customer, times=3, confirmed_by="ke.toan")
