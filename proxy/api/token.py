"""`POST /api/token`: a token of TPOS for whoever knows a user and its password."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from django.conf import settings
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from n2store.errors import DomainError
from proxy.api.doors import GatewayView
from proxy.authority import Right
from proxy.bodies import body_of
from proxy.calling import call
from proxy.errors import InvalidCall
from proxy.passing import passed_on
from proxy.tpos import Tpos, TposRefused
from proxy.upstreams import TPOS, headers_out

FORM_BYTES_MAX = 16 * 1024
FIELDS_MAX = 20
REQUIRED = ("grant_type", "username", "password", "client_id")
REFRESH = ("grant_type", "refresh_token", "client_id")


class TposLoginRefused(DomainError):
    """TPOS does not know this user, or not with this password."""

    status, code = 401, "TPOS_LOGIN_REFUSED"


class TposToken(GatewayView):
    """TPOS's own form and answer. The same user with the same password shares a token until shortly before its end."""

    acts_with_own_token = True
    needs = Right.READ
    door = "token"

    @extend_schema(request={"application/x-www-form-urlencoded": OpenApiTypes.OBJECT}, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request) -> HttpResponseBase:
        """Return `access_token`, `expires_in` (seconds left), `token_type` and the user's names."""
        form = _form(request)
        if form.get("grant_type") == "refresh_token":
            return _refreshed(form)
        _require(form, REQUIRED)
        client = Tpos(
            base_url=TPOS.place.origin, username=form["username"], password=form["password"],
            client_id=form["client_id"], timeout_s=settings.TPOS_TIMEOUT_S,
        )  # fmt: skip
        try:
            found = client.login()
        except TposRefused as refused:
            if refused.params.get("status") != 401:
                raise
            raise TposLoginRefused("TPOS does not know this user with this password.") from None
        answer = Response(
            {"access_token": found.text, "expires_in": found.lives_s, "token_type": "bearer"} | found.more
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _refreshed(form: Mapping[str, str]) -> HttpResponseBase:
    """Pass a refresh on: it works once, so nobody can share it."""
    _require(form, REFRESH)
    body = urlencode({name: form[name] for name in REFRESH}).encode()
    headers = headers_out(TPOS, {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"})
    sent = TPOS.request("POST", "/token", headers | {"content-length": str(len(body))}, body)
    answer = call(replace(sent, timeout_s=10.0, whole_s=20.0, answer_bytes_max=FORM_BYTES_MAX))
    if answer.status in {400, 401}:
        answer.close()
        raise TposLoginRefused("TPOS does not take this refresh token any more.")
    response = passed_on(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


def _require(form: Mapping[str, str], names: tuple[str, ...]) -> None:
    if not all(form.get(name) for name in names):
        refused = InvalidCall("Missing required fields")
        refused.beside = {"required": list(names)}
        raise refused


def _form(request: Request) -> dict[str, str]:
    """Read the form, or the same as a JSON object."""
    text = body_of(request, bytes_max=FORM_BYTES_MAX).all()
    try:
        if "json" in (request.content_type or ""):
            given: Any = json.loads(text)
            fields = given if isinstance(given, dict) else {}
        else:
            parsed = parse_qs(text.decode(), max_num_fields=FIELDS_MAX)
            fields = {name: values[0] for name, values in parsed.items()}
    except (ValueError, RecursionError):
        raise InvalidCall("The form cannot be read.") from None
    return {name: value for name, value in fields.items() if isinstance(value, str)}
