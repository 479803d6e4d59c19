"""`/api/sepay/customer/<phone>/aliases`: the names that a customer goes by, such as a Facebook nickname."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api.access import LooksOrWrites, name_of
from customers.api.inputs import body_of, text_of
from customers.api.v1_customer import BODY, OBJECT
from customers.operations import add_alias, remove_alias
from customers.phones import canonical_phone
from customers.queries import CustomerNotFound, customer_by_phone
from n2store.roles import IsStaffMember


class Aliases(APIView):
    """All of them."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_customer_aliases", responses=OBJECT)
    def get(self, request: Request, phone: str) -> Response:
        """Return phone, name and aliases; of nobody, no name and none."""
        try:
            customer = customer_by_phone(phone)
        except CustomerNotFound:
            return Response({"success": True, "phone": canonical_phone(phone), "name": None, "aliases": []})
        return Response({"success": True, "phone": customer.phone, "name": customer.name, "aliases": customer.aliases})


class Alias(APIView):
    """One of them."""

    permission_classes = [LooksOrWrites]

    @extend_schema(operation_id="v1_customer_alias_add", request=BODY, responses=OBJECT)
    def post(self, request: Request, phone: str) -> Response:
        """Add it; `added` is false when it was there."""
        alias, customer = text_of(body_of(request), "alias"), customer_by_phone(phone)
        added = add_alias(customer=customer, alias=alias, by=name_of(request))
        customer.refresh_from_db(fields=["aliases"])
        return Response({"success": True, "added": added, "aliases": customer.aliases})

    @extend_schema(operation_id="v1_customer_alias_remove", request=BODY, responses=OBJECT)
    def delete(self, request: Request, phone: str) -> Response:
        """Take it away; `removed` is false when it was not there, or there is no such customer."""
        alias = text_of(body_of(request), "alias")
        try:
            customer = customer_by_phone(phone)
        except CustomerNotFound:
            return Response({"success": True, "removed": False, "aliases": []})
        removed = remove_alias(customer=customer, alias=alias, by=name_of(request))
        customer.refresh_from_db(fields=["aliases"])
        return Response({"success": True, "removed": removed, "aliases": customer.aliases})


urlpatterns = [
    path("<str:phone>/aliases", Aliases.as_view()),
    path("<str:phone>/alias", Alias.as_view()),
]
