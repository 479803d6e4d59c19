"""Crediting approved transfers on demand: what the old pages called as a job, for those who may deposit."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from banking.operations import credit_approved
from n2store.jobs import asked_for, job_run
from n2store.roles import IsStaffMember, caller_of
from wallets.authority import Action, require_right

LIMIT_DEFAULT, LIMIT_MAX = 100, 500


class ProcessRequest(serializers.Serializer[Any]):
    """How many transfers at most."""

    limit = serializers.IntegerField(default=LIMIT_DEFAULT, min_value=1, max_value=LIMIT_MAX)


class ProcessBankTransfers(APIView):
    """Credit what is approved, has an owner and is not in a wallet yet. Pending and rejected transfers stay."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_process_bank", request=ProcessRequest, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Return what was credited."""
        caller = caller_of(request.user)
        require_right(caller, Action.DEPOSIT)
        given = ProcessRequest(data=request.data)
        given.is_valid(raise_exception=True)
        with asked_for(caller.name), job_run("credit-approved") as run:
            credited = credit_approved(rows_max=given.validated_data["limit"])
            run.changed = len(credited)
        processed = [
            {"id": row.transfer_id, "phone": row.phone, "amount": row.amount_vnd, "newBalance": row.real_after_vnd}
            for row in credited
        ]
        data = {"processedCount": len(processed), "errorCount": 0, "processed": processed, "errors": []}
        return Response({"success": True, "data": data})


class ProcessBankTransfersV1(ProcessBankTransfers):
    """The same under its old address."""

    @extend_schema(operation_id="v1_process_bank", request=ProcessRequest, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> Response:
        """Return what was credited."""
        return super().post(request)
