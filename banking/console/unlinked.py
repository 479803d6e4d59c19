"""Transfers without an owner, searched to give one of them to a customer whose screen is open."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banking.authority import Right, has
from banking.console.acts import keep_refusal, meanwhile
from banking.console.pages import page, require_sight, transfer_or_404
from banking.console.standing import told
from banking.console.waiting import UNDECIDED
from banking.desk import linking
from banking.models import MONEY_IN, BankTransfer
from banking.search import transfers_saying
from customers.models import Customer
from n2store.errors import DomainError
from n2store.refused import sentence
from n2store.roles import caller_of

ROWS_SHOWN_MAX = 30
SEARCH_LENGTH_MAX = 100


def unlinked_view(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show the newest transfers without an owner that say what is searched for."""
    require_sight(request)
    customer = get_object_or_404(Customer, pk=customer_id)
    text = request.GET.get("q", "").strip()[:SEARCH_LENGTH_MAX].replace("\x00", "")
    rows = BankTransfer.objects.filter(MONEY_IN, customer=None, verification__in=UNDECIDED)
    if text:
        rows = rows.filter(transfers_saying(text))
    context = {
        "customer": customer,
        "original": customer,
        "rows": list(rows.order_by("-transferred_at", "-pk")[: ROWS_SHOWN_MAX + 1]),
        "rows_shown_max": ROWS_SHOWN_MAX,
        "text": text,
    }
    return page(request, "unlinked", context, title=f"{_('Unlinked transfers')} · {customer.name}")


@require_POST
def take_view(request: HttpRequest, customer_id: int, transfer_id: int) -> HttpResponse:
    """Give a transfer to this customer, with its money where that was asked for and the reader may."""
    require_sight(request)
    customer = get_object_or_404(Customer, pk=customer_id)
    transfer = transfer_or_404(transfer_id)
    caller = caller_of(request.user)
    if not has(caller, Right.LINK):
        keep_refusal(request, transfer, code="PERMISSION_DENIED", detail="link")
        raise PermissionDenied
    try:
        linked = linking.link(
            caller=caller, transfer_id=transfer.pk, phone=customer.phone, credit=request.POST.get("credit") == "1"
        )
    except DomainError as refused:
        keep_refusal(request, transfer, code=refused.code, detail=str(refused))
        now = transfer_or_404(transfer.pk)
        messages.warning(request, meanwhile(now) if now.customer_id else sentence(refused))
    else:
        messages.success(request, told(linked.transfer))
    return HttpResponseRedirect(f"{reverse('admin:customers_customer_change', args=[customer.pk])}#n2-transfers")
