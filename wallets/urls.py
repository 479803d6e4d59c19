"""Addresses of wallets below `/api/`."""

from django.urls import include, path

urlpatterns = [
    path("v2/wallets/", include("wallets.api.v2")),
]
