"""`POST /api/gemini/chat`: the pages' assistant. The shop's key stays here; only the setting's models are asked."""

import json
import re
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from proxy.api.doors import GatewayView
from proxy.authority import Right
from proxy.bodies import body_of
from proxy.calling import call
from proxy.errors import InvalidCall, UpstreamNotConfigured
from proxy.jsons import object_in, object_of
from proxy.upstreams import GEMINI, headers_out

KEY = re.compile(r"[\x21-\x7e]{1,400}")
PASSED_ON = ("contents", "generationConfig", "systemInstruction", "safetySettings")
"""What goes out of a page's question. Tools and cached content, which cost and act otherwise, do not."""


class AskGemini(GatewayView):
    """A question to Gemini, as the pages ask it: `contents`, and the model if they want another than the first."""

    needs = Right.WRITE
    door = "assistant"

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: OpenApiTypes.OBJECT, 503: OpenApiTypes.OBJECT})
    def post(self, request: Request) -> HttpResponseBase:
        """Return Google's answer as it is. A refusal of Google's is said with 200 as well, as ever: in `error`."""
        if not KEY.fullmatch(settings.GEMINI_API_KEY):
            raise UpstreamNotConfigured(GEMINI.name, "GEMINI_API_KEY is not set.")
        given = object_in(body_of(request, bytes_max=GEMINI.body_bytes_max).all())
        model = given.get("model") or settings.GEMINI_MODELS[0]
        if model not in settings.GEMINI_MODELS:
            raise InvalidCall("This model is not asked.")
        if not isinstance(given.get("contents"), list) or not given["contents"]:
            raise InvalidCall("contents is a list of what was said.")
        question = {name: given[name] for name in PASSED_ON if given.get(name) is not None}
        return Response(_asked(str(model), json.dumps(question, ensure_ascii=False).encode("utf-8", "replace")))

    @override
    def handle_exception(self, exc: Exception) -> Response:
        """Say our own refusals where the pages look for Google's: in `error.message`."""
        response = super().handle_exception(exc)
        if isinstance(response.data, dict) and isinstance(response.data.get("error"), str):
            response.data["error"] = {"message": response.data["error"]}
        return response


def _asked(model: str, body: bytes) -> dict[str, Any]:
    headers = headers_out(GEMINI, {}) | {
        "content-type": "application/json", "content-length": str(len(body)), "x-goog-api-key": settings.GEMINI_API_KEY,
    }  # fmt: skip
    target = f"/v1beta/models/{model}:generateContent"
    return object_of(call(GEMINI.request("POST", target, headers, body)))
