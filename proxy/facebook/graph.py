"""One question to Graph, with a page's token in a header, and its answer as JSON. A POST goes out once."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings

from n2store.errors import DomainError
from proxy.calling import call
from proxy.jsons import object_of
from proxy.upstreams import FACEBOOK, headers_out

OUTSIDE_WINDOW = (10, 2018278)
"""Code and subcode of Graph for a message that comes too late."""
REPLIED_BEFORE, NO_PERMISSION, NOT_AVAILABLE = 10903, 200, 551
GRAPH_ERROR_STATUS = 400


class FacebookRefused(DomainError):
    """Graph says no. `http_status`, `number` and `subnumber` are its own."""

    status, code = 400, "FACEBOOK_REFUSED"

    def __init__(self, said: Mapping[str, Any], http_status: int) -> None:
        super().__init__(str(said.get("message") or "Facebook refuses."), said=str(said.get("message") or ""))
        self.http_status = http_status
        self.said = dict(said)
        self.number, self.subnumber = said.get("code"), said.get("error_subcode")
        self.beside = {"error_code": self.number, "error_subcode": self.subnumber}


def ask(path: str, token: str, **fields: str) -> dict[str, Any]:
    """Return what Graph shows at `path`, such as `123/conversations`.

    Raises:
        FacebookRefused: Graph says no.
        GatewayError: there is no answer.
    """
    query = "&".join(f"{name}={quote(value, safe=',{}')}" for name, value in fields.items())
    return _answered("GET", path + (f"?{query}" if query else ""), token)


def tell(path: str, token: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Send JSON to `path`, once, and return the answer.

    Raises:
        FacebookRefused: Graph says no.
        GatewayError: there is no answer: whether it was carried out, nobody knows.
    """
    return _answered("POST", path, token, json.dumps(said).encode(), "application/json")


def upload(path: str, token: str, body: bytes, kind: str) -> dict[str, Any]:
    """Send a multipart body to `path`, once, and return the answer. Raises as `tell`."""
    return _answered("POST", path, token, body, kind)


def _answered(method: str, path: str, token: str, body: bytes | None = None, kind: str = "") -> dict[str, Any]:
    headers = headers_out(FACEBOOK, {}) | {"authorization": f"Bearer {token}"}
    if body is not None:
        headers |= {"content-type": kind, "content-length": str(len(body))}
    answer = call(FACEBOOK.request(method, f"/{settings.FACEBOOK_GRAPH_VERSION}/{path}", headers, body))
    found = object_of(answer)
    if isinstance(found.get("error"), dict):
        raise FacebookRefused(found["error"], answer.status if answer.status >= 400 else GRAPH_ERROR_STATUS)
    return found
