"""Addresses of customers below `/api/`."""

from django.urls import include, path

urlpatterns = [
    path("customer/", include("customers.api.v1")),
    path("v2/customers/", include("customers.api.v2")),
]
