"""`/wallet/topup`: where a customer, or staff for a customer, tops up and sees the money arrive."""

import secrets
from datetime import timedelta
from typing import Any

import segno
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from banking.api.topup_access import payer_of, viewer_of
from banking.authority import Right, has
from banking.models import Topup, TopupStatus
from banking.payos import client
from banking.payos.access import cookie_name, customer_of
from banking.payos.references import is_reference
from banking.payos.starting import limit_told, start
from customers.models import Customer
from n2store.errors import DomainError
from n2store.refused import sentence
from n2store.roles import caller_of
from wallets.ledger import InvalidAmount

SUGGESTED_VND = (100_000, 200_000, 500_000, 1_000_000)
ID_DIGITS_MAX = 18
AMOUNT_SIGNS_MAX = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def topup_page(request: HttpRequest) -> HttpResponse:
    """Take a link into a cookie, show the form or a top-up, or start one."""
    if "link" in request.GET:
        return _take_link(request)
    if request.method == "POST":
        return _start(request)
    if "tx_ref" in request.GET:
        return _show(request, request.GET["tx_ref"])
    return _form(request)


def qr_of(topup: Topup) -> SafeString:
    """Return PayOS's text as a picture of our own; nothing where PayOS's answer was lost, or nothing is to be paid."""
    if not topup.qr_code or topup.closed_at is not None:
        return SafeString("")
    code = segno.make(topup.qr_code, error="m", boost_error=False)
    return mark_safe(code.svg_inline(scale=8, border=4, dark="#000", light="#fff", omitsize=True))  # noqa: S308 -- made of squares


def state_of_page(topup: Topup) -> dict[str, Any]:
    """Return what the card of a top-up shows; the console shows the same card."""
    return {"topup": topup, "qr": qr_of(topup), "poll_minutes_max": 10}


def _take_link(request: HttpRequest) -> HttpResponse:
    text = request.GET["link"]
    if customer_of(text) is None:
        return _page(request, {"stop": "link"}, status=403)
    answer = HttpResponseRedirect(reverse("topup"))
    answer.set_cookie(
        cookie_name(),
        text,
        max_age=timedelta(days=settings.TOPUP_LINK_DAYS),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _form(request: HttpRequest, *, refused: str = "", given: str = "", status: int = 200) -> HttpResponse:
    customer = _customer(request)
    if customer is None:
        return _page(request, {"stop": "stranger"}, status=403)
    context = {
        "customer": customer,
        "key": secrets.token_urlsafe(16),
        "limits": limit_told(),
        "suggested": SUGGESTED_VND,
        "refused": refused,
        "given": given,
        "recent": Topup.objects.filter(customer=customer).order_by("-id")[:5],
    }
    if not (settings.TOPUPS_ENABLED and client.is_configured()):
        return _page(request, {"stop": "off"}, status=503)
    return _page(request, context, status=status)


def _start(request: HttpRequest) -> HttpResponse:
    customer = _customer(request)
    if customer is None:
        return _page(request, {"stop": "stranger"}, status=403)
    given = request.POST.get("amount", "")
    try:
        started = start(
            customer=customer,
            amount_vnd=_amount(given),
            viewer=viewer_of(request),
            by=caller_of(request.user).name or f"customer:{customer.pk}",
            return_url=request.build_absolute_uri(reverse("topup")),
            key=request.POST.get("key", "")[:100] or None,
        )
    except DomainError as error:
        return _form(request, refused=sentence(error), given=given, status=error.status)
    return HttpResponseRedirect(f"{reverse('topup')}?tx_ref={started.topup.tx_ref}")


def _show(request: HttpRequest, reference: str) -> HttpResponse:
    topup = Topup.objects.filter(tx_ref=reference).first() if is_reference(reference) else None
    viewer = viewer_of(request)
    if topup is None or not viewer.may_see(customer_id=topup.customer_id, starter_id=topup.starter_id):
        return _page(request, {"stop": "unknown"}, status=404)
    again = reverse("topup") + (f"?customer={topup.customer_id}" if viewer.customer_id != topup.customer_id else "")
    return _page(request, state_of_page(topup) | {"again": again})


def _customer(request: HttpRequest) -> Customer | None:
    """Return whose wallet it is: whom staff chose, or who came by link."""
    chosen = (request.POST if request.method == "POST" else request.GET).get("customer", "")
    if chosen and isinstance(request.user, User) and has(caller_of(request.user), Right.TOPUP):
        whole = chosen.isascii() and chosen.isdecimal() and len(chosen) <= ID_DIGITS_MAX
        return Customer.objects.filter(pk=int(chosen)).first() if whole else None
    customer_id = payer_of(request)
    return Customer.objects.filter(pk=customer_id).first() if customer_id is not None else None


def _amount(text: str) -> int:
    """Read `350.000`, `350,000` or `350000`."""
    digits = "".join(text.split()).replace(".", "").replace(",", "").removesuffix("₫").removesuffix("đ")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= AMOUNT_SIGNS_MAX):
        raise InvalidAmount("The amount must be a whole number of dong.")
    return int(digits)


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    common = {"language": get_language(), "states": TopupStatus, "path": request.get_full_path()}
    return TemplateResponse(request, "wallet/topup.html", common | context, status=status)
