"""`/api/customer/<phone>`: what the shop's existing pages read."""

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api.profile import profile
from customers.queries import customer_by_phone
from n2store.roles import IsStaffMember


class CustomerByPhone(APIView):
    """Customer 360 by phone, in any spelling."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v1_customer", responses={200: OpenApiTypes.OBJECT, 400: OpenApiTypes.OBJECT})
    def get(self, request: Request, phone: str) -> Response:
        """Return the customer, the wallet and the latest activities."""
        return Response({"success": True, "data": profile(customer_by_phone(phone))})


urlpatterns = [path("<str:phone>", CustomerByPhone.as_view())]
