"""Customers in the search box that opens on every screen (Ctrl+K)."""

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from customers.console.finder import Asked, find

SHOWN_MAX = 8


def found(request: HttpRequest, text: str) -> list[SearchResult]:
    """Return the customers that the text means, for those who may see customers."""
    if not request.user.has_perm("customers.view_customer"):
        return []
    return [
        SearchResult(
            title=customer.name,
            description=customer.phone,
            link=reverse("admin:customers_customer_change", args=[customer.pk]),
            icon="person",
        )
        for customer in find(Asked(text=text.strip())).rows[:SHOWN_MAX]
    ]
