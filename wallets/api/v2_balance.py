"""`/api/v2/wallet/balance?phone=`: one balance, as the order screens ask for it."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.phones import InvalidPhone, canonical_phone
from n2store.roles import IsStaffMember
from wallets.api.answers import ANSWERS
from wallets.balances import balances_of

PHONE = [OpenApiParameter("phone", str, required=True)]


class Balance(APIView):
    """The balance of a phone."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_wallet_balance", parameters=PHONE, responses=ANSWERS)
    def get(self, request: Request) -> Response:
        """Return real money as `balance`, what credit adds, and whether there is such a customer."""
        asked = request.query_params.get("phone", "").strip()
        if not asked:
            raise InvalidPhone("phone is required")
        phone = canonical_phone(asked)
        found = balances_of("phone", [phone]).get(phone)
        balances = found or {"balance": 0, "virtualBalance": 0, "total": 0}
        return Response({"success": True, "phone": phone, "exists": found is not None, **balances})


class BalanceBesideTransfers(Balance):
    """The same under the old server's address."""

    @extend_schema(operation_id="v2_balance_history_wallet_balance", parameters=PHONE, responses=ANSWERS)
    def get(self, request: Request) -> Response:
        """Return what `Balance` returns."""
        return super().get(request)
