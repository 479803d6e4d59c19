"""Addresses of tickets and return orders below `/api/`."""

from django.urls import include, path

from tickets.api import v1, v2
from tickets.returns.api import ReturnOrders

urlpatterns = [
    path("v2/tickets", v2.Tickets.as_view()),
    path("v2/tickets/", include("tickets.api.v2")),
    path("ticket", v1.Tickets.as_view()),
    path("ticket/", include("tickets.api.v1")),
    path("return-orders", ReturnOrders.as_view()),
    path("return-orders/", include("tickets.returns.api")),
]
