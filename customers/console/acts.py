"""A small form that leads back to the 360 screen: who may send it, what it tells, and what is kept of a refusal."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from customers.models import Customer
from n2store.errors import DomainError
from n2store.refused import keep, sentence

Act = Callable[..., str]


def act(allowed: Callable[[HttpRequest], bool], *, anchor: str = "") -> Callable[[Act], Callable[..., HttpResponse]]:
    """Make a view of an act that returns what to tell the reader; a refusal is told, and kept."""

    def make(do: Act) -> Callable[..., HttpResponse]:
        @require_POST
        @wraps(do)
        def view(request: HttpRequest, customer_id: int, **named: Any) -> HttpResponse:
            customer = get_object_or_404(Customer, pk=customer_id)
            if not allowed(request):
                keep_refusal(request, customer, code="PERMISSION_DENIED", detail=do.__name__)
                raise PermissionDenied
            try:
                messages.success(request, do(request, customer, **named))
            except DomainError as refused:
                keep_refusal(request, customer, code=refused.code, detail=str(refused))
                messages.error(request, sentence(refused))
            home = reverse("admin:customers_customer_change", args=[customer.pk])
            return HttpResponseRedirect(f"{home}#{anchor}" if anchor else home)

        return view

    return make


def keep_refusal(request: HttpRequest, customer: Customer | None, *, code: str, detail: str) -> None:
    """Write a line of the audit log: who was refused what."""
    keep(request, f"customer:{customer.pk}" if customer else "", code=code, detail=detail)
