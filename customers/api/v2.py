"""`/api/v2/customers`: the same customer by our id or by phone."""

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api.profile import profile
from customers.queries import customer_by_id_or_phone
from n2store.roles import IsStaffMember


class CustomerDetail(APIView):
    """Customer 360 by id or phone."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_customer", responses={200: OpenApiTypes.OBJECT, 404: OpenApiTypes.OBJECT})
    def get(self, request: Request, identifier: str) -> Response:
        """Return the customer, the wallet and the latest activities."""
        return Response({"success": True, "data": profile(customer_by_id_or_phone(identifier))})


urlpatterns = [path("<str:identifier>", CustomerDetail.as_view())]
