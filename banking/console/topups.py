"""A top-up at the desk: what came, what PayOS told, and what a person does about it; and the link for a customer."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from banking.authority import Right, has, require
from banking.console.pages import rights_of
from banking.models import HandCreditStatus, Topup, TopupHandCredit, TopupStatus
from banking.payos import asking, by_hand
from banking.payos.access import link_text
from customers.models import Customer
from n2store import audit, refused
from n2store.errors import DomainError
from n2store.live import newest_position
from n2store.pages import drawn
from n2store.roles import caller_of
from wallets.console.forms import AmountField, text_field

LINES_SHOWN_MAX = 20
LIVE_EVENTS = "topup.changed"
COLOURS = {
    TopupStatus.PAID: "done", TopupStatus.CREATED: "running", TopupStatus.PENDING: "running",
    TopupStatus.PROCESSING: "running", TopupStatus.UNDERPAID: "warning", TopupStatus.FAILED: "failed",
}  # fmt: skip
REASONS = {
    "reference_of_another": gettext_lazy("This bank reference was credited to another top-up."),
    "amount_differs": gettext_lazy("This bank reference was credited with another amount."),
    "line_of_another": gettext_lazy("SePay's line of this transfer belongs to another customer."),
    "line_alike": gettext_lazy(
        "SePay has a line of the same account, amount and time that was credited by its text. If it is the same money,"
        " credit by hand with the line's reference; if not, with PayOS's."
    ),
    "hand_credited": gettext_lazy("This amount was credited by hand under another reference."),
    "line_rejected": gettext_lazy("SePay's line of this transfer was rejected."),
    "currency": gettext_lazy("The currency is not dong."),
    "no_reference": gettext_lazy("The bank's reference is missing."),
    "other_link": gettext_lazy("PayOS names another payment link."),
    "other_account": gettext_lazy("The money went to another account."),
    "other_amount": gettext_lazy("PayOS has a link of another amount under this order code."),
    "not_in_link": gettext_lazy("A webhook tells of money that PayOS's list does not have."),
}


class HandCreditForm(forms.Form):
    """What a person saw at the bank."""

    reference = forms.CharField(label=gettext_lazy("Bank reference"), max_length=100)
    amount = AmountField(label=gettext_lazy("Amount"))
    reason = text_field(gettext_lazy("Reason"), required=True)


def reason_told(reason: str) -> str:
    """Return why a person has to look, in the reader's language."""
    return str(REASONS.get(reason, reason))


def topup_view(request: HttpRequest, topup_id: int, *, form: HandCreditForm | None = None) -> HttpResponse:
    """Show a top-up with its payments and deliveries."""
    cursor = newest_position()  # Before the rows are read, so that nothing falls between page and stream.
    topup = get_object_or_404(Topup.objects.select_related("customer"), pk=topup_id)
    waiting = topup.hand_credits.filter(status=HandCreditStatus.WAITING).first()
    context = {
        "topup": topup,
        "colour": COLOURS.get(TopupStatus(topup.status), ""),
        "reason": reason_told(topup.review_reason),
        "payments": topup.payments.order_by("id"),
        "deliveries": [(row, reason_told(row.reason)) for row in topup.deliveries.order_by("id")],
        "waiting": waiting,
        "is_mine": waiting is not None and waiting.asked_by.casefold() == caller_of(request.user).name.casefold(),
        "lines": topup.lines.select_related("transfer__customer").order_by("-id")[:LINES_SHOWN_MAX],
        "live_cursor": cursor,
        "live_events": LIVE_EVENTS,
        "form": form or HandCreditForm(),
    }
    return _page(request, "page", context, title=_("Top-up"), status=400 if form else 200)


@require_POST
def recheck_view(request: HttpRequest, topup_id: int) -> HttpResponse:
    """Ask PayOS now."""
    return _done(
        request,
        topup_id,
        lambda: asking.recheck(caller=caller_of(request.user), topup_id=topup_id),
        _("PayOS was asked."),
    )


@require_POST
def cancel_view(request: HttpRequest, topup_id: int) -> HttpResponse:
    """Cancel it, here and at PayOS."""
    return _done(
        request, topup_id, lambda: asking.cancel(caller=caller_of(request.user), topup_id=topup_id), _("Cancelled.")
    )


@require_POST
def credit_view(request: HttpRequest, topup_id: int) -> HttpResponse:
    """Ask a second person to credit money that PayOS did not tell of."""
    form = HandCreditForm(request.POST)
    if not form.is_valid():
        return topup_view(request, topup_id, form=form)
    given = form.cleaned_data
    return _done(
        request,
        topup_id,
        lambda: by_hand.ask(
            caller=caller_of(request.user),
            topup_id=topup_id,
            reference=given["reference"],
            amount_vnd=given["amount"],
            reason=given["reason"],
        ),
        _("A second person must confirm this now."),
    )


@require_POST
def confirm_view(request: HttpRequest, credit_id: int) -> HttpResponse:
    """Credit what another person asked for."""
    topup_id = get_object_or_404(TopupHandCredit, pk=credit_id).topup_id
    return _done(
        request,
        topup_id,
        lambda: by_hand.confirm(caller=caller_of(request.user), credit_id=credit_id),
        _("The money is in the wallet"),
    )


@require_POST
def withdraw_view(request: HttpRequest, credit_id: int) -> HttpResponse:
    """Let a credit by hand go."""
    topup_id = get_object_or_404(TopupHandCredit, pk=credit_id).topup_id
    return _done(
        request,
        topup_id,
        lambda: by_hand.withdraw(caller=caller_of(request.user), credit_id=credit_id),
        _("Withdrawn. Nothing was moved."),
    )


@require_POST
def link_view(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Make the link that a customer tops up with, to be sent to them."""
    caller = caller_of(request.user)
    try:
        require(caller, Right.TOPUP)
    except DomainError as error:
        raise PermissionDenied from error
    customer = get_object_or_404(Customer, pk=customer_id)
    link = request.build_absolute_uri(f"{reverse('topup')}?link={link_text(customer)}")
    audit.record(actor=caller.name, action="topup.link", subject=f"customer:{customer.pk}")
    return _page(request, "link", {"customer": customer, "link": link}, title=_("Link for topping up"))


PAGES: list[tuple[str, str, Callable[..., HttpResponse]]] = [
    ("<int:topup_id>/", "recheck", recheck_view),
    ("<int:topup_id>/", "cancel", cancel_view),
    ("<int:topup_id>/", "credit", credit_view),
    ("credits/<int:credit_id>/", "confirm", confirm_view),
    ("credits/<int:credit_id>/", "withdraw", withdraw_view),
    ("for/<int:customer_id>/", "link", link_view),
]
"""Where a page stands, its name (`admin:banking_topup_<name>`), and its view."""


def _done(request: HttpRequest, topup_id: int, act: Callable[[], Any], told: str) -> HttpResponse:
    """Act, say what was done or why not, and go back to the top-up."""
    if not has_sight(request):
        raise PermissionDenied
    try:
        act()
    except DomainError as error:
        refused.keep(request, f"topup:{topup_id}", code=error.code, detail=str(error))
        messages.error(request, refused.sentence(error))
    else:
        messages.success(request, told)
    return HttpResponseRedirect(reverse("admin:banking_topup_change", args=[topup_id]))


def has_sight(request: HttpRequest) -> bool:
    """Tell whether the reader may see top-ups."""
    return request.user.has_perm("banking.view_topup")


def may_start(request: HttpRequest) -> bool:
    """Tell whether the reader may start a top-up for a customer."""
    return has(caller_of(request.user), Right.TOPUP)


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, title: str, status: int = 200) -> HttpResponse:
    common = {"may": rights_of(request)}
    return drawn(request, f"banking/topup/{name}.html", common | context, title=title, of=Topup, status=status)
