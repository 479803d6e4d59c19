"""Transfers that arrive, and the people at the desk."""

import itertools
import json
from typing import Any

from banking.models import BankTransfer, PendingMatch, Verification
from banking.operations import take_sepay_notice
from banking.sepay.parser import parse
from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.roles import Caller, Role
from tests.factories.banking import delivery
from wallets.models import Wallet

ACCOUNTANT = Caller(name="ketoan", roles=frozenset({Role.ACCOUNTANT}))
OWNER = Caller(name="chu", roles=frozenset({Role.OWNER}))
CARE = Caller(name="lan", roles=frozenset({Role.CUSTOMER_CARE}))
WAREHOUSE = Caller(name="kho", roles=frozenset({Role.WAREHOUSE}))
HOA, NAM = "0909318264", "0912345678"
PAYER = "MBVCB.8123456789.012345.mua do.CT tu 1023456789 NGUYEN THI LAN toi 75918"
"""A text that names nobody but who paid."""
_ids = itertools.count(50_000_000)


def arrived(content: str | None = "chuyen tien", **changes: Any) -> BankTransfer:
    """Take one delivery as the webhook does, and return its transfer."""
    body = json.dumps(delivery(id=next(_ids), content=content) | changes)
    taken = take_sepay_notice(parse(body.encode()), body=body)
    return BankTransfer.objects.get(pk=taken.transfer_id)


def known(phone: str, name: str = "Chị Hoa") -> Customer:
    """Return the customer of a phone."""
    return get_or_create_customer(phone=phone, name=name, by="test")[0]


def in_state(state: Verification, *, phone: str | None = None, **changes: Any) -> BankTransfer:
    """Return a transfer that names nobody, in a state, and with an owner if there is a phone. No money has moved."""
    transfer = arrived(**changes)
    BankTransfer.objects.filter(pk=transfer.pk).update(
        verification=state, customer=known(phone) if phone else None, match_method="manual_entry" if phone else ""
    )
    transfer.refresh_from_db()
    return transfer


def asked(*phones: str, digits: str = "318264") -> PendingMatch:
    """Return the question whose phone ends with `digits`, among customers with these phones."""
    for phone in phones:
        known(phone)
    return PendingMatch.objects.get(transfer=arrived(f"{digits} ck"))


def real_vnd(phone: str) -> int:
    """Return the real money of a phone's wallet; 0 without one."""
    return Wallet.objects.filter(customer__phone=phone).values_list("real_vnd", flat=True).first() or 0


def as_it_is(transfer: BankTransfer) -> tuple[str, str | None, str, bool]:
    """Return state, owner's phone, method and whether it was credited, as the database has them."""
    row = BankTransfer.objects.select_related("customer").get(pk=transfer.pk)
    return (
        row.verification,
        row.customer.phone if row.customer else None,
        row.match_method,
        bool(row.wallet_transaction),
    )
