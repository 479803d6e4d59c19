"""`GET /api/debug/time`: what time it is here, for pages whose computer has another."""

from datetime import UTC, datetime, timedelta

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.clock import VIETNAM
from n2store.roles import IsStaffMember
from proxy.api.doors import TokenBeside, UnreadSession


class Time(APIView):
    """The server's clock."""

    authentication_classes = [TokenBeside, UnreadSession]
    permission_classes = [IsStaffMember]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Tell the time in the forms that the old server told it."""
        now = datetime.now(UTC)
        here = now.astimezone(VIETNAM)
        offset = here.utcoffset() or timedelta()
        return Response({
            "utc": _iso(now),
            "unix_timestamp": int(now.timestamp() * 1000),
            "unix_seconds": int(now.timestamp()),
            "timezone": str(VIETNAM),
            "timezone_offset_minutes": -int(offset.total_seconds() // 60),
            "server_time_string": here.strftime("%Y-%m-%d %H:%M:%S %z"),
            "vietnam_time": _iso(now + offset),
            "note": "vietnam_time is the clock in Vietnam; its Z is the old server's.",
        })  # fmt: skip


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
