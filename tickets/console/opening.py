"""Opening a ticket by hand: the phone first, then who that is, what happened, and the goods."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from customers.models import Customer, Order, OrderStatus
from n2store.errors import DomainError
from n2store.refused import keep, sentence
from n2store.roles import caller_of
from tickets.authority import Right, has
from tickets.bought import Bought, bought
from tickets.console.effects import held_of
from tickets.console.forms import GOODS_ROWS, GoodForm, LookupForm, OpenForm
from tickets.console.pages import address_of, page, require_sight
from tickets.creating import Opened, open_ticket
from tickets.models import Ticket
from tickets.queries import tickets_of
from tickets.workflow import begins

ORDERS_SHOWN_MAX = 10
TICKETS_SHOWN_MAX = 5


def may_open(request: HttpRequest) -> bool:
    """Tell whether the reader opens tickets."""
    return has(caller_of(request.user), Right.CREATE)


def open_view(request: HttpRequest) -> HttpResponse:
    """Ask for the phone, then for the ticket of whoever that is, and open it."""
    require_sight(request)
    if not may_open(request):
        keep(request, "", code="PERMISSION_DENIED", detail="open_view")
        raise PermissionDenied
    if request.method == "POST":
        return _take(request)
    lookup = LookupForm(request.GET if request.GET.keys() & {"phone", "order"} else None)
    if not lookup.is_bound or not lookup.is_valid():
        return _page(request, {"lookup": lookup}, status=400 if lookup.errors else 200)
    phone, order = lookup.cleaned_data["phone"], lookup.cleaned_data["order"]
    customer = _customer(phone)
    known = bought(order, customer_id=customer.pk if customer is not None else 0)
    if not phone and known is None:
        lookup.add_error("order", _("The shop knows no such order. Give the customer's phone."))
        return _page(request, {"lookup": lookup}, status=400)
    if known is not None:
        phone, order = phone or known.phone, known.code
    total = known.total_vnd if known is not None and known.phone == phone else ""
    form = OpenForm(initial={"phone": phone, "order": order, "cod": total, "key": uuid4().hex})
    return _ask(request, phone, form, _goods(None), customer=customer or _customer(phone), order=order, known=known)


def _customer(phone: str) -> Customer | None:
    return Customer.objects.filter(phone=phone).first() if phone else None


def _take(request: HttpRequest) -> HttpResponse:
    form, goods = OpenForm(request.POST), _goods(request.POST)
    whole = all([form.is_valid(), *(good.is_valid() for good in goods)])
    given, phone = form.cleaned_data, form.cleaned_data.get("phone", "")
    products = [good.told() for good in goods if good.has_changed()] if whole else []
    if whole:
        form.complete(products)
    if not form.is_valid() or not whole:
        return _ask(request, phone, form, goods, customer=_customer(phone), status=400)
    try:
        opened = open_ticket(
            caller=caller_of(request.user), phone=phone, type=given["type"], given=_said(given, products),
            key=given["key"],
        )  # fmt: skip
    except DomainError as refused:
        keep(request, f"order:{given['order']}", code=refused.code, detail=str(refused))
        existing = getattr(refused, "beside", {}).get("existing_ticket")
        told: dict[str, Any] = {"refused": sentence(refused), "existing": existing}
        return _ask(request, phone, form, goods, customer=_customer(phone), status=refused.status, **told)
    return _opened(request, opened, given["key"])


def _opened(request: HttpRequest, opened: Opened, key: str) -> HttpResponse:
    made = Ticket.objects.get(key=key)
    if opened.replayed:
        messages.info(request, _("It was done before; nothing was done twice."))
    else:
        messages.success(request, _("%(code)s was opened.") % {"code": made.code})
    if opened.existing is not None and not opened.replayed:
        told = _("This order has another ticket already: %(code)s.")
        messages.warning(request, told % {"code": opened.existing["ticket_code"]})
    return HttpResponseRedirect(address_of("change", made.pk))


def _said(given: dict[str, Any], products: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the ticket as the service takes it; it begins where tickets of its type begin."""
    return {
        "customer_name": given["name"],
        "order_id": given["order"],
        "tracking_code": given["parcel"],
        "carrier": given["carrier"],
        "status": begins(given["type"], given["reason"]).value,
        "original_cod": given["cod"] or None,
        "refund_amount": given["amount"] or None,
        "fix_cod_reason": given["reason"],
        "description": given["note"],
        "products": products,
    }


def _goods(given: Any) -> list[GoodForm]:
    return [
        GoodForm(given, prefix=f"good-{number}", empty_permitted=True, use_required_attribute=False)
        for number in range(GOODS_ROWS)
    ]


def _ask(
    request: HttpRequest,
    phone: str,
    form: OpenForm,
    goods: list[GoodForm],
    *,
    customer: Customer | None,
    status: int = 200,
    order: str = "",
    known: Bought | None = None,
    **told: Any,
) -> HttpResponse:
    """Show the form with who it is. Five queries for a known customer, one for a new one."""
    about: dict[str, Any] = {"form": form, "goods": goods, "phone": phone, "customer": customer, "order": order}
    if known is not None:
        about["known"] = known
        about["known_is_anothers"] = known.phone != phone
        about["known_is_cancelled"] = known.status == OrderStatus.CANCELLED
    if customer is not None:
        about["real_vnd"], about["virtual_vnd"] = held_of(customer.pk)
        about["orders"] = list(
            Order.objects.filter(customer=customer).order_by("-ordered_at", "-pk")[:ORDERS_SHOWN_MAX]
        )
        about["earlier"] = list(tickets_of(customer.pk)[:TICKETS_SHOWN_MAX])
    if order:
        about["of_order"] = (
            Ticket.objects.kept()
            .filter(order_id__iexact=order)
            .exclude(order_id="")
            .exclude(status="CANCELLED")
            .first()
        )
    return _page(request, about | told, status=status)


def _page(request: HttpRequest, context: dict[str, Any], *, status: int) -> HttpResponse:
    return page(request, "open", context, title=_("New ticket"), status=status)
