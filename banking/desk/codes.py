"""Codes of payment QRs: whose transfers carry which."""

import re
import secrets
import string

from django.db import transaction

from banking.authority import Right, has, require
from banking.matching.backlog import match_unlinked_with_code
from banking.models import QrCode
from banking.operations import QrCodeTaken
from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store import audit
from n2store.errors import DomainError
from n2store.roles import Caller

_CODE = re.compile(r"[A-Z0-9]{1,100}")
ISSUED_PREFIX, ISSUED_CHARACTERS = "N2", 16


class InvalidCode(DomainError):
    """The code is empty, too long, or holds what no code has."""

    code = "INVALID_QR_CODE"


def map_code(*, caller: Caller, code: str, phone: str, name: str = "") -> tuple[QrCode, Customer]:
    """Say whose code it is; the customer is made if need be, and unlinked transfers with the code are matched.

    Their money is here already: it waits for the accountant unless the caller may approve.

    Raises:
        MayNotHandle (needs LINK), InvalidPhone.
        InvalidCode: not 1 to 100 letters and digits.
        QrCodeTaken: another customer has it, and the caller may not APPROVE.
    """
    require(caller, Right.LINK)
    code = code.strip().upper()
    if not _CODE.fullmatch(code):
        raise InvalidCode("A code is 1 to 100 letters and digits")
    mapped, customer = _map(caller, code, phone, name)
    match_unlinked_with_code(code, ask_first=not has(caller, Right.APPROVE))
    return mapped, customer


@transaction.atomic
def issue_code(*, caller: Caller, customer: Customer) -> QrCode:
    """Make a new code for the customer: `N2` and sixteen letters or digits.

    Raises:
        MayNotHandle (needs LINK).
    """
    require(caller, Right.LINK)
    letters = string.ascii_uppercase + string.digits
    code = ISSUED_PREFIX + "".join(secrets.choice(letters) for _ in range(ISSUED_CHARACTERS))
    issued = QrCode.objects.create(code=code, customer=customer)
    _record(caller, issued, before=None)
    return issued


@transaction.atomic
def _map(caller: Caller, code: str, phone: str, name: str) -> tuple[QrCode, Customer]:
    customer, _ = get_or_create_customer(phone=phone, name=name, by=caller.name)
    rows = QrCode.objects.select_for_update()  # See Note [A lock joins nothing].
    held, created = rows.get_or_create(code=code, defaults={"customer": customer})
    if created:
        _record(caller, held, before=None)
        return held, customer
    if held.customer != customer:
        if not has(caller, Right.APPROVE):
            raise QrCodeTaken(f"{code} belongs to another customer.")
        before = held.customer.phone
        held.customer = customer
        held.save(update_fields=["customer"])
        _record(caller, held, before=before)
    return held, customer


def _record(caller: Caller, mapped: QrCode, *, before: str | None) -> None:
    audit.record(
        actor=caller.name,
        action="transfer.code",
        subject=f"customer:{mapped.customer_id}",
        before={"code": mapped.code, "phone": before} if before else None,
        after={"code": mapped.code, "phone": mapped.customer.phone},
    )
