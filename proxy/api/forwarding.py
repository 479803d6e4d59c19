"""Calls that pass through: `/api/odata/…` and its like become calls of a neighbour, byte for byte."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated
from rest_framework.request import Request

from proxy.api.doors import GatewayView
from proxy.bodies import Body, body_of
from proxy.calling import Answer, call
from proxy.lending import lent
from proxy.passing import passed_on
from proxy.redirects import followed
from proxy.retrying import READS
from proxy.targets import below, raw_target, without
from proxy.tpos import tpos
from proxy.upstreams import MEGABYTE, PANCAKE, PANCAKE_OFFICIAL, TPOS, TPOS_REST, Upstream, headers_out

REPLAYED_BYTES_MAX = MEGABYTE
"""A body that may have to go out twice, when the lent token has become old, is kept up to here."""


@dataclass(frozen=True, slots=True)
class Going:
    """A call on its way out, without method and body, which are the caller's."""

    upstream: Upstream
    target: str
    query: str
    headers: dict[str, str]

    def authorized(self, by: str) -> "Going":
        """Return the same with this `Authorization`."""
        return replace(self, headers=self.headers | {"authorization": by})


@extend_schema(exclude=True)  # What is asked and answered is the neighbour's.
class Forward(GatewayView):
    """A prefix of ours that stands for a prefix of a neighbour's."""

    acts_with_own_token = True
    door = "forward"
    upstream: Upstream = TPOS
    mount: str = ""
    """Our prefix, such as `/api/odata/`."""
    becomes: str = "/"
    """The neighbour's, such as `/odata/`."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Refuse methods that the upstream does not take, before anything else."""
        self.http_method_names = [method.lower() for method in self.upstream.methods]
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: Request, rest: str = "") -> HttpResponseBase:
        """Pass the call on."""
        return self.forward(request)

    post = put = patch = delete = head = get

    def forward(self, request: Request) -> HttpResponseBase:
        """Send the call out and hand back what comes."""
        if request.method not in self.upstream.methods:
            raise MethodNotAllowed(str(request.method))
        path, query = raw_target(request)
        going = Going(
            self.upstream, self.becomes + below(path, self.mount), query, headers_out(self.upstream, lowered(request))
        )
        return passed_on(self.ask(request, going))

    def ask(self, request: Request, going: Going) -> Answer:
        """Call the neighbour with whatever tokens belong there."""
        return send(request, going)


class ForwardToTpos(Forward):
    """TPOS takes the caller's own bearer, or the shop's."""

    defaults: ClassVar[Mapping[str, str]] = {"/Product/ExportProductV2": "Active=true"}
    """Queries that TPOS wants where the caller sends none."""

    def ask(self, request: Request, going: Going) -> Answer:
        """Call with the caller's bearer. Without one a logged-in caller is lent the shop's, renewed when TPOS wants."""
        going = replace(going, query=going.query or self.defaults.get(going.target, ""))
        if bearer := bearer_of(request):
            return send(request, going.authorized(bearer))
        if request.user is None:
            raise NotAuthenticated
        client = tpos()
        body = _body(going.upstream, request)
        again = body.all() if body is not None and body.length <= REPLAYED_BYTES_MAX else None
        token = _lent_by_tpos(going.upstream)
        answer = send_body(request, going.authorized(f"Bearer {token}"), body if again is None else again)
        if answer.status != 401 or (body is not None and again is None):
            return answer
        answer.close()
        return send_body(request, going.authorized(f"Bearer {client.token(rejected=token)}"), again)


class ForwardToPancake(Forward):
    """Pancake takes its token in the query; without one a logged-in caller is lent the shop's."""

    upstream = PANCAKE

    def ask(self, request: Request, going: Going) -> Answer:
        """Call with the caller's token or a lent one."""
        return send(request, replace(going, query=with_token(request, going.query)))


def _lent_by_tpos(upstream: Upstream) -> str:
    """Return the shop's token, waiting for a new one in the lane of TPOS: it may be as slow as any call."""
    leave = upstream.lane.enter()
    try:
        return tpos().token()
    finally:
        leave()


def with_token(request: Request, query: str) -> str:
    """Return the query with the shop's Pancake token, where a logged-in caller brings none."""
    _, own = without(query, frozenset({"access_token"}))
    if own or request.user is None:
        return query
    token = lent("pancake")
    return f"{query}&access_token={token}".lstrip("&") if token else query


def lowered(request: Request) -> dict[str, str]:
    """Return the caller's headers by their names in lower case."""
    return {name.lower(): str(value) for name, value in request.headers.items()}


def bearer_of(request: Request) -> str | None:
    """Return the caller's `Authorization` where it is the neighbour's: our own token never leaves."""
    said: str = request.META.get("HTTP_AUTHORIZATION", "")
    return said if said[:7].lower() == "bearer " and said[7:].strip() else None


def send(request: Request, going: Going) -> Answer:
    """Call with the body of the request, read as it is sent."""
    return send_body(request, going, _body(going.upstream, request))


def send_body(request: Request, going: Going, body: Body | bytes | None) -> Answer:
    """Call with this body. Redirects that stay with the neighbour are followed for GET and HEAD."""
    length = {} if body is None else {"content-length": str(body.length if isinstance(body, Body) else len(body))}
    upstream, query = going.upstream, f"?{going.query}" if going.query else ""
    given = upstream.request(str(request.method), going.target + query, going.headers | length, body)
    return followed(call(given), within=upstream.place)


def _body(upstream: Upstream, request: Request) -> Body | None:
    if request.method in READS:
        return None
    body = body_of(request, bytes_max=upstream.body_bytes_max)
    return body if body.length else None


TPOS_MOUNTS = {
    "odata": (TPOS, "/odata/"),
    "rest": (TPOS_REST, "/rest/"),
    "facebook-graph": (TPOS, "/api/facebook-graph/"),
    "Product": (TPOS, "/Product/"),
    "FastSaleOrder": (TPOS, "/FastSaleOrder/"),
    "SaleOnline_Order": (TPOS, "/SaleOnline_Order/"),
    "fastsaleorder": (TPOS, "/fastsaleorder/"),
}
"""Below `/api/`: what the shop's pages use of TPOS. Anything else is no address of ours."""
PANCAKE_MOUNTS: dict[str, tuple[type[Forward], Upstream]] = {
    "pancake": (ForwardToPancake, PANCAKE),
    "pancake-official": (Forward, PANCAKE_OFFICIAL),
}
