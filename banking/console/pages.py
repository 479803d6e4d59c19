"""What the pages of this console share: who may look, how a page is drawn, and where one goes afterwards."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from banking.authority import Right, has
from banking.models import BankTransfer
from n2store.pages import drawn
from n2store.roles import caller_of


def require_sight(request: HttpRequest) -> None:
    """Return if the reader may see transfers.

    Raises:
        PermissionDenied: they may not.
    """
    if not request.user.has_perm("banking.view_banktransfer"):
        raise PermissionDenied


def rights_of(request: HttpRequest) -> dict[str, bool]:
    """Return what the reader may do, for templates: a button that would be refused is not drawn. One query."""
    caller = caller_of(request.user)
    return {right.value: has(caller, right) for right in Right}


def transfer_or_404(transfer_id: int) -> BankTransfer:
    """Return a transfer with its owner. One query."""
    return get_object_or_404(_told(), pk=transfer_id)


def _told() -> QuerySet[BankTransfer]:
    return BankTransfer.objects.select_related("customer", "topup_line__topup")


def page(
    request: HttpRequest, name: str, context: dict[str, Any], *, title: str, tab: str = "", status: int = 200
) -> HttpResponse:
    """Draw a page of the console; `tab` is the part of it that is marked."""
    common = {"tab": tab, "may": rights_of(request)}
    return drawn(request, f"banking/{name}.html", common | context, title=title, of=BankTransfer, status=status)


def address_of(name: str, *args: int, **query: object) -> str:
    """Return the address of a page of transfers; what is empty does not stand in its query."""
    asked = urlencode({key: value for key, value in query.items() if value})
    plain = reverse(f"admin:banking_banktransfer_{name}", args=args)
    return f"{plain}?{asked}" if asked else plain
