"""A button at a transfer: who may press it, what it tells, what is kept of a refusal, and where one goes then."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banking.authority import Right, has
from banking.console.pages import address_of, require_sight, transfer_or_404
from banking.console.standing import told, told_by
from banking.console.waiting import CHOICES, below, latest_match, waiting, why_of
from banking.models import BankTransfer
from n2store.errors import DomainError
from n2store.refused import keep, sentence
from n2store.roles import Caller, caller_of

Act = Callable[[HttpRequest, Caller, BankTransfer], str]


def act(right: Right, *, goes_on: bool = True) -> Callable[[Act], Callable[..., HttpResponse]]:
    """Make a view of an act that returns what to tell. After it the queue goes on to the next, or stays."""

    def make(do: Act) -> Callable[..., HttpResponse]:
        @require_POST
        @wraps(do)
        def view(request: HttpRequest, transfer_id: int) -> HttpResponse:
            require_sight(request)
            transfer = transfer_or_404(transfer_id)
            caller = caller_of(request.user)
            if not has(caller, right):
                keep_refusal(request, transfer, code="PERMISSION_DENIED", detail=do.__name__)
                raise PermissionDenied
            try:
                said = do(request, caller, transfer)
            except DomainError as refused:
                return turned_away(request, transfer, refused)
            messages.success(request, said)
            return HttpResponseRedirect(way_on(request, transfer, goes_on=goes_on))

        return view

    return make


def turned_away(request: HttpRequest, transfer: BankTransfer, refused: DomainError) -> HttpResponse:
    """Tell why not, and keep it. Where somebody else was faster, say who it was, and go on.

    `waited` in the form is why the transfer waited when the page was drawn.
    """
    keep_refusal(request, transfer, code=refused.code, detail=str(refused))
    now = transfer_or_404(transfer.pk)
    settled = (why_of(now, latest_match(now)) or "") != request.POST.get("waited", "")
    if settled:
        messages.info(request, meanwhile(now))
    else:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(way_on(request, now, goes_on=settled))


def meanwhile(transfer: BankTransfer) -> str:
    """Return that a transfer was dealt with already: by whom, and how."""
    who = told_by(transfer)
    done = told(transfer, latest_match(transfer))
    if not who:
        return _("Dealt with meanwhile; nothing was done twice. %(done)s") % {"done": done}
    return _("Dealt with meanwhile (%(who)s); nothing was done twice. %(done)s") % {"who": who, "done": done}


def way_on(request: HttpRequest, transfer: BankTransfer, *, goes_on: bool) -> str:
    """Return where the reader goes: what they came from stands in the form as `back`."""
    back = request.POST.get("back", "")
    if back == "queue":
        return next_in_queue(transfer, request.POST.get("why", ""), stays=not goes_on)
    if back == "review":
        return address_of("review")
    if back.startswith("customer:") and back[9:].isdecimal() and len(back) < 28:
        return f"{reverse('admin:customers_customer_change', args=[back[9:]])}#n2-transfers"
    return address_of("change", transfer.pk)


def next_in_queue(transfer: BankTransfer, why: str, *, stays: bool = False) -> str:
    """Return the address of the next one that waits, which remembers this one so that it can be taken back."""
    why = why if why in CHOICES else ""
    if stays:
        return address_of("focus", transfer.pk, why=why)
    following = waiting(why).filter(below(transfer)).values_list("pk", flat=True).first()
    if following is None:
        return address_of("queue", why=why, done=transfer.pk)
    return address_of("focus", following, why=why, done=transfer.pk)


def keep_refusal(request: HttpRequest, transfer: BankTransfer | None, *, code: str, detail: str) -> None:
    """Write a line of the audit log: who was refused what."""
    keep(request, f"transfer:{transfer.pk}" if transfer else "", code=code, detail=detail)
