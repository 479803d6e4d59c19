"""Codes of payment QRs: whose transfers carry which."""

from banking.models import QrCode
from customers.models import Customer
from n2store.roles import Caller


def map_code(*, caller: Caller, code: str, phone: str, name: str = "") -> tuple[QrCode, Customer]:
    """Say whose code it is; the customer is made if need be, and unlinked transfers with the code are matched.

    Raises:
        MayNotHandle (needs LINK), InvalidPhone.
        InvalidCode: no `N2` with sixteen letters or digits.
        QrCodeTaken: another customer has it, and the caller has no right to EDIT.
    """
    raise NotImplementedError


def issue_code(*, caller: Caller, customer: Customer) -> QrCode:
    """Make a new code for the customer: `N2` and sixteen letters or digits.

    Raises:
        MayNotHandle (needs LINK).
    """
    raise NotImplementedError
