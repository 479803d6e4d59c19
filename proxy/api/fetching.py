"""`/api/proxy?url=`: a few services that the shop's pages ask, and nothing else of the web."""

import json
import re
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from proxy.api.doors import GatewayView
from proxy.api.images import missing
from proxy.bodies import body_of
from proxy.calling import call
from proxy.errors import InvalidCall
from proxy.guard import Url, allowed
from proxy.passing import passed_on
from proxy.redirects import stepped
from proxy.retrying import READS
from proxy.upstreams import ADDRESSES, BROWSER

HEADERS_MAX = 40
HEADER_LENGTH_MAX = 2_000
GOES_OUT = re.compile(r"accept(?:-[a-z]+)*|content-type|origin|referer|sec-[a-z-]+|user-agent|x-kas")
VALUE = re.compile(r"[\x20-\x7e]*")


@extend_schema(exclude=True)
class Fetch(GatewayView):
    """Addresses of `PROXY_HOSTS`; nothing of the shop's goes there."""

    acts_with_own_token = True
    http_method_names = ["get", "post"]
    door = "proxy"

    def get(self, request: Request) -> HttpResponseBase:
        """Fetch, and pass on what comes."""
        url = request.query_params.get("url", "")
        if not url:
            raise missing("url", "/api/proxy?url=<address>&headers=<JSON>")
        where = _check(url)
        body = None if request.method in READS else body_of(request, bytes_max=ADDRESSES.body_bytes_max)
        sent = {"accept": "*/*", "user-agent": BROWSER} | _asked_for(request.query_params.get("headers", ""))
        if body is not None and body.length:
            sent.setdefault("content-type", request.content_type or "application/octet-stream")
            sent["content-length"] = str(body.length)
        answer = call(
            ADDRESSES.request(
                str(request.method),
                where,
                sent | {"accept-encoding": "identity"},
                body if body is not None and body.length else None,
            )
        )
        return passed_on(stepped(answer, _check) if body is None else answer)

    post = get


def _check(url: str) -> Url:
    return allowed(url, settings.PROXY_HOSTS)


def _asked_for(text: str) -> dict[str, str]:
    """Read the headers that a page wants to be sent; those that are not for it to say are left out.

    Raises:
        InvalidCall: one would be more than a header.
    """
    if not text:
        return {}
    try:
        given: Any = json.loads(text)
    except (ValueError, RecursionError):
        return {}  # As ever: the old pages send what they have.
    if not isinstance(given, dict) or len(given) > HEADERS_MAX:
        raise InvalidCall("headers is an object of texts.")
    named = {str(name).lower(): value for name, value in given.items()}
    for value in named.values():
        if not isinstance(value, str) or len(value) > HEADER_LENGTH_MAX or not VALUE.fullmatch(value):
            raise InvalidCall("A header is one line of text.")
    return {name: value for name, value in named.items() if GOES_OUT.fullmatch(name)}
