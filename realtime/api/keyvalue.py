"""`/api/realtime/kv/<key>`: small values of the pages. A slash in the key comes percent-encoded, or as it is."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from n2store.wire import instant
from realtime.api.given import BODY, OBJECT, LooksOrAnswers, MissingParameter
from realtime.keyvalue import keeping
from wallets.api.inputs import Given


class Value(APIView):
    """The value of one key."""

    permission_classes = [LooksOrAnswers]

    @extend_schema(operation_id="v1_kv", responses=OBJECT)
    def get(self, request: Request, key: str) -> Response:
        """Return it; that there is none is an answer as well."""
        row = keeping.kept(key)
        if row is None:
            return Response({"exists": False, "value": None})
        times = {"createdAt": instant(row.created_at), "updatedAt": instant(row.updated_at)}
        return Response({"exists": True, "value": row.value, **times})

    @extend_schema(operation_id="v1_kv_put", request=BODY, responses=OBJECT)
    def put(self, request: Request, key: str) -> Response:
        """Keep the body's `value`; null is one."""
        given = Given(request)
        if "value" not in given.body:
            raise MissingParameter("Missing value in request body")
        row = keeping.keep(caller=given.caller, key=key, value=given.body["value"])
        return Response({"success": True, "key": key, "timestamp": int(row.updated_at.timestamp() * 1000)})

    @extend_schema(operation_id="v1_kv_delete", responses=OBJECT)
    def delete(self, request: Request, key: str) -> Response:
        """Forget it."""
        return Response({"success": True, "deleted": keeping.delete(key=key), "key": key})


urlpatterns = [path("kv/<path:key>", Value.as_view())]
