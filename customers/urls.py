"""Addresses of customers below `/api/`."""

from django.urls import include, path
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.views import APIView

from customers.api import v1_customers, v2
from customers.api.v1_consolidated import Consolidated
from customers.api.v1_customer import Upsert
from customers.api.v1_search import Search


def slashed(view: type[APIView]) -> type[APIView]:
    """Return the view for its address with a slash at the end; the API document names it once, without."""
    hidden = extend_schema(exclude=True)
    return extend_schema_view(get=hidden, post=hidden)(type(f"Slashed{view.__name__}", (view,), {}))


urlpatterns = [
    path("customer", Upsert.as_view()),
    path("customer/", include("customers.api.v1_customer")),
    path("customer-search-v2", Search.as_view()),
    path("customers", v1_customers.Customers.as_view()),
    path("customers/", slashed(v1_customers.Customers).as_view()),
    path("customers/", include("customers.api.v1_customers")),
    path("transactions/consolidated", Consolidated.as_view()),
    path("sepay/customer/", include("customers.api.v1_aliases")),
    path("v2/customers", v2.Customers.as_view()),
    path("v2/customers/", slashed(v2.Customers).as_view()),
    path("v2/customers/", include("customers.api.v2")),
    path("v2/", include("customers.api.orders")),
    path("v2/fraud/", include("customers.api.fraud")),
    path("v2/analytics/rfm/", include("customers.api.rfm")),
]
