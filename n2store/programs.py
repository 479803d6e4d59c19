"""The short way for programs and pages that carry a token: past session, CSRF and messages, which are for cookies.

What a token may do is decided by the view, as for everybody. The middlewares cost a fifth of a short request's CPU.
"""

from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import translation

from n2store.language import chosen_language

API_PREFIX = "/api/"
PATHS_KEPT_MAX = 2_000
SCHEME = "Token "
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
"""What the left-out middlewares say for everybody."""


@lru_cache(maxsize=PATHS_KEPT_MAX)
def way_to(path: str) -> ResolverMatch:
    """Return the view of a path. Programs ask for the same ones; looking them up is a seventh of a short request's CPU.

    Raises:
        Resolver404: there is none; that is not kept.
    """
    return resolve(path)


class ProgramsFirst:
    """Calls the view of an API address at once when the request carries a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, by the short way if it has one."""
        carries_token = request.META.get("HTTP_AUTHORIZATION", "").startswith(SCHEME)
        if not (carries_token and request.path_info.startswith(API_PREFIX)):
            return self._get_response(request)
        request.get_host()  # A Host that is not ours is refused here too.
        translation.activate(chosen_language(request))
        try:
            match = way_to(request.path_info)
        except Resolver404:
            return self._get_response(request)
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        render = getattr(response, "render", None)
        if callable(render):
            response = render()
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not response.streaming:
            response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
        return response
