"""Addresses of tickets and return orders below `/api/`."""

from django.urls import include, path

from tickets.api.v2 import Tickets

urlpatterns = [
    path("v2/tickets", Tickets.as_view()),
    path("v2/tickets/", include("tickets.api.v2")),
]
