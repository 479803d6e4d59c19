"""The pages of a deed: asked, shown with its effect, confirmed. Only what was shown is done, or it is shown again."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Customer
from n2store.errors import DomainError
from n2store.pages import drawn
from n2store.refused import keep, sentence
from n2store.roles import Caller, caller_of
from n2store.templatetags.money import signed_vnd, vnd
from wallets.authority import limit_of, require, require_not_blacklisted, require_right
from wallets.commands import Answer
from wallets.console.amounts import in_words
from wallets.console.deeds import CANCEL, DEEDS, REVERSE, Deed
from wallets.console.effects import Effect, held_now
from wallets.console.forms import DeedForm
from wallets.models import Command, Transaction, VirtualCredit, Wallet


def deed_view(request: HttpRequest, customer_id: int, deed: str) -> HttpResponse:
    """Move money of a customer: deposit, withdraw, pay an order, issue credit or adjust."""
    if deed not in DEEDS:
        raise Http404
    wallet = get_object_or_404(Wallet.objects.select_related("customer"), customer=customer_id)
    return _Desk(request, DEEDS[deed], wallet).answer()


def reverse_view(request: HttpRequest, transaction_id: int) -> HttpResponse:
    """Take a row of the statement back."""
    row = get_object_or_404(Transaction.objects.select_related("wallet__customer"), pk=transaction_id)
    return _Desk(request, REVERSE, row.wallet, row).answer()


def cancel_view(request: HttpRequest, credit_id: int) -> HttpResponse:
    """Take an untouched lot back."""
    lot = get_object_or_404(VirtualCredit.objects.select_related("wallet__customer"), pk=credit_id)
    return _Desk(request, CANCEL, lot.wallet, lot).answer()


@dataclass(frozen=True, slots=True)
class _Desk:
    """One deed at one wallet."""

    request: HttpRequest
    deed: Deed
    wallet: Wallet
    target: Transaction | VirtualCredit | None = None

    @property
    def customer(self) -> Customer:
        return self.wallet.customer

    @property
    def caller(self) -> Caller:
        return caller_of(self.request.user)

    def answer(self) -> HttpResponse:
        """Ask, show the effect, or do it, by what was sent."""
        try:
            require_right(self.caller, self.deed.action)
            if "confirm" not in self.request.POST:  # What was done before is answered again, whoever they are now.
                require_not_blacklisted(self.customer, self.deed.action)
            if self.target is not None:
                require(self.caller, self.deed.action, self.deed.amount_of({}, self.target))
        except DomainError as refused:
            return self._turned_away(refused)
        if self.request.method != "POST":
            return self._ask(self.deed.form(initial={"key": _new_key()}))
        form = self.deed.form(self.request.POST)
        if "change" in self.request.POST:
            return self._ask(self.deed.form(initial=self.request.POST.dict()))
        if not form.is_valid():
            return self._ask(form, status=400)
        try:
            return self._go_on(form)
        except DomainError as refused:
            return self._refuse(form, refused)

    def _go_on(self, form: DeedForm) -> HttpResponse:
        given = form.cleaned_data
        require(self.caller, self.deed.action, self.deed.amount_of(given, self.target))
        if "confirm" not in self.request.POST:
            return self._show(form)
        moved_on = self.request.POST.get("seen") != str(self.wallet.last_sequence)
        if moved_on and not Command.objects.filter(key=given["key"]).exists():
            return self._show(form, moved_on=True)
        answer = self.deed.carry_out(self.caller, self.customer.pk, given, self.target)
        messages.success(self.request, self._done(answer))
        return HttpResponseRedirect(self._home())

    def _done(self, answer: Answer) -> str:
        total = answer.data["real_after"] + answer.data["virtual_after"]
        said = _("%(deed)s: %(amount)s. The wallet now holds %(total)s.") % {
            "deed": self.deed.title,
            "amount": signed_vnd(answer.data["amount"]) if self.target else vnd(answer.data["amount"]),
            "total": vnd(total),
        }
        return f"{said} {_('It was done before; nothing was done twice.')}" if answer.replayed else said

    def _refuse(self, form: DeedForm, refused: DomainError) -> HttpResponse:
        """Ask again, with the reason above; a key that is spent is replaced."""
        self._keep(refused)
        again = form
        if refused.code == "IDEMPOTENCY_KEY_REUSED":
            again = self.deed.form(initial=self.request.POST.dict() | {"key": _new_key()})
        return self._ask(again, status=refused.status, refused=sentence(refused))

    def _turned_away(self, refused: DomainError) -> HttpResponse:
        self._keep(refused)
        return self._page("refused.html", {"refused": sentence(refused)}, status=refused.status)

    def _keep(self, refused: DomainError) -> None:
        keep(self.request, f"customer:{self.customer.pk}", code=refused.code, detail=str(refused))

    def _ask(self, form: DeedForm, *, status: int = 200, refused: str = "") -> HttpResponse:
        effect, why_not = self._effect_of_target()
        context = {"form": form, "refused": refused or why_not, "effect": effect, "hopeless": bool(why_not)}
        return self._page("ask.html", context, status=status)

    def _effect_of_target(self) -> tuple[Effect | None, str]:
        """A taking back needs no amount: its effect, or why it cannot be, is known before anything is asked."""
        if self.target is None:
            return None, ""
        try:
            return self.deed.effect(held_now(self.wallet), {}, self.target), ""
        except DomainError as refused:
            return None, sentence(refused)

    def _show(self, form: DeedForm, *, moved_on: bool = False) -> HttpResponse:
        given = form.cleaned_data
        amount_vnd = self.deed.amount_of(given, self.target)
        shown = [
            (field.label, _said(field, given[field.name]))
            for field in form.visible_fields()
            if field.name != "amount" and given[field.name] not in ("", None)
        ]
        context = {
            "form": form,
            "sent": [(name, self.request.POST.get(name, "")) for name in form.fields],
            "shown": shown,
            "effect": self.deed.effect(held_now(self.wallet), given, self.target),
            "amount_vnd": amount_vnd,
            "words": in_words(amount_vnd),
            "moved_on": moved_on,
        }
        return self._page("effect.html", context)

    def _page(self, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        common = {
            "deed": self.deed,
            "customer": self.customer,
            "original": self.customer,
            "wallet": self.wallet,
            "target": self.target,
            "limit": limit_of(self.caller.roles, self.deed.action),
            "home": self._home(),
        }
        title, template = f"{self.deed.title} · {self.customer.name}", f"wallets/deed/{name}"
        return drawn(self.request, template, common | context, title=title, of=Customer, status=status)

    def _home(self) -> str:
        return reverse("admin:customers_customer_change", args=[self.customer.pk])


def _new_key() -> str:
    return f"console:{uuid4().hex}"


def _said(field: Any, value: Any) -> str:
    """Return a field's value as people read it."""
    return str(dict(getattr(field.field, "choices", ())).get(value, value))
