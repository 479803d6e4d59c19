"""Tells the callers of v1 that v2 is there, and until when v1 stays."""

from collections.abc import Callable
from datetime import date, datetime, time

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import http_date

from n2store.clock import VIETNAM
from proxy.addresses import is_gateways

V1_PREFIX = "/api/"
NOT_V1 = ("/api/v2/", "/api/auth/", "/api/docs/", "/api/redoc/", "/api/schema/", "/api/events", "/api/sepay/webhook")
"""Addresses that have no successor: v2 itself, and what both versions share. Nor have those of the gateway."""


class DeprecatedV1:
    """Adds `Deprecation`, `Sunset` and `Link` to every answer of v1."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._headers = {
            "Deprecation": "true",
            "Sunset": sunset(settings.V1_DEPRECATED_ON, months=settings.V1_SUNSET_MONTHS),
            "Link": '</api/v2/>; rel="successor-version"',
        }

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the headers if the address is one of v1."""
        response = self._get_response(request)
        path = request.path_info
        if path.startswith(V1_PREFIX) and not path.startswith(NOT_V1) and not is_gateways(path):
            for name, value in self._headers.items():
                response.headers[name] = value
        return response


def sunset(deprecated_on: date, *, months: int) -> str:
    """Return the first Vietnam midnight after so many months, as an HTTP date."""
    year, month = divmod(deprecated_on.year * 12 + deprecated_on.month - 1 + months, 12)
    ends = datetime.combine(date(year, month + 1, min(deprecated_on.day, 28)), time(), VIETNAM)
    return http_date(ends.timestamp())
