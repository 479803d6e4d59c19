"""`/api/image-proxy`, `/api/fb-avatar`, `/api/pancake-avatar`: pictures that pages may not fetch themselves."""

import re
from typing import ClassVar
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from n2store.errors import DomainError, NotFound
from proxy import images
from proxy.api.doors import ORIGIN_LOGIN, GatewayView, MayPass
from proxy.authority import Right
from proxy.errors import InvalidCall, UpstreamFailed
from proxy.passing import as_picture, of_file
from proxy.upstreams import IMAGES

KEPT = "public, max-age=86400"
PLACEHOLDER_KEPT = "public, max-age=3600"
ID = re.compile(r"[\w-]{1,128}", re.ASCII)
HASH = re.compile(r"[\w-]{1,200}(?:\.[\w-]{1,16})?", re.ASCII)
TOKEN_LENGTH_MAX = 4_000
PLACEHOLDER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="40" height="40">'
    '<circle cx="20" cy="20" r="20" fill="#e5e7eb"/><circle cx="20" cy="16" r="7" fill="#9ca3af"/>'
    '<ellipse cx="20" cy="34" rx="12" ry="9" fill="#9ca3af"/></svg>'
)
PICTURE = {(200, "image/*"): OpenApiTypes.BINARY}


class MaySee(MayPass):
    """As `MayPass`; while old pages are let in, pictures are open: a browser does not say which page shows them."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Tell whether the caller may."""
        return settings.GATEWAY_LOGIN == ORIGIN_LOGIN or super().has_permission(request, view)


class PictureView(GatewayView):
    """A door for pictures. They are shown on other addresses' pages, so any of these may read them."""

    permission_classes = [MaySee]
    door = "image"
    needs: ClassVar[Right | None] = Right.READ


class ImageProxy(PictureView):
    """A picture of a host that the shop allows."""

    @extend_schema(parameters=[OpenApiParameter("url", str, required=True)], responses=PICTURE)
    def get(self, request: Request) -> HttpResponseBase:
        """Return the picture, to be kept for a day."""
        url = request.query_params.get("url", "")
        if not url:
            raise missing("url", "/api/image-proxy?url=<address>")
        try:
            found = images.fetch(url, referer=f"{settings.TPOS_BASE_URL.rstrip('/')}/")
        except images.NoPicture as no:
            if no.status == 404:
                raise NotFound("There is no picture at this address.") from None
            raise UpstreamFailed(IMAGES.name, f"The host of the picture answers {no.status}.") from None
        return _shown(found)


class FacebookAvatar(PictureView):
    """The face of a customer, by Pancake or by Facebook; else a grey head."""

    @extend_schema(
        parameters=[OpenApiParameter("id", str, required=True), OpenApiParameter("page", str)], responses=PICTURE
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return the picture, or the grey head for an hour."""
        id, page = request.query_params.get("id", ""), request.query_params.get("page") or settings.AVATAR_PAGE
        token = request.query_params.get("token", "")
        if not id:
            raise missing("id", "/api/fb-avatar?id=<customer>&page=<page>")
        if not ID.fullmatch(id) or not ID.fullmatch(page) or len(token) > TOKEN_LENGTH_MAX:
            raise InvalidCall("id and page are digits, letters, _ and -.")
        pancake, graph = settings.PANCAKE_BASE_URL.rstrip("/"), settings.FACEBOOK_GRAPH_URL.rstrip("/")
        with_token = f"?access_token={quote(token, safe='')}" if token else ""
        return _first(
            f"{pancake}/api/v1/pages/{page}/avatar/{id}{with_token}",
            f"{graph}/{id}/picture?width=80&height=80&type=normal",
        )


class PancakeAvatar(PictureView):
    """A face that Pancake keeps."""

    @extend_schema(parameters=[OpenApiParameter("hash", str, required=True)], responses=PICTURE)
    def get(self, request: Request) -> HttpResponseBase:
        """Return the picture, or the grey head for an hour."""
        hash = request.query_params.get("hash", "")
        if not hash:
            raise missing("hash", "/api/pancake-avatar?hash=<hash>")
        if not HASH.fullmatch(hash):
            raise InvalidCall("hash is digits, letters, _ and -.")
        return _first(f"{settings.PANCAKE_CONTENT_URL.rstrip('/')}/2.1-24/avatars/{hash}")


def _first(*addresses: str) -> HttpResponseBase:
    """Return the first picture there is; the failures of others are no matter."""
    own = (settings.PANCAKE_BASE_URL, settings.PANCAKE_CONTENT_URL, settings.FACEBOOK_GRAPH_URL)
    hosts = (*settings.IMAGE_HOSTS, *(_host(address.rstrip("/")) for address in own))
    for address in addresses:
        try:
            return _shown(images.fetch(address, referer=f"{settings.PANCAKE_BASE_URL.rstrip('/')}/", hosts=hosts))
        except (images.NoPicture, DomainError):
            continue
    response = HttpResponse(PLACEHOLDER, content_type="image/svg+xml")
    return as_picture(response, PLACEHOLDER_KEPT)


def _host(base: str) -> str:
    """Return a base address as the guard's list writes it: the whole on this machine, else the name."""
    return base.removeprefix("https://")


def _shown(picture: images.Picture) -> HttpResponseBase:
    response = of_file(picture.file, picture.length)
    response.headers["Content-Type"] = picture.kind
    return as_picture(response, KEPT)


def missing(name: str, usage: str) -> InvalidCall:
    """Return the refusal of a call without a parameter it needs."""
    refused = InvalidCall(f"Missing {name} parameter")
    refused.beside = {"usage": usage}
    return refused
