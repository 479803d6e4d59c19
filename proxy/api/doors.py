"""How callers come in: by session, by our token, or, where the shop still allows it, by the page they come from."""

import copy
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.http import QueryDict
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from n2store.problems import problem
from n2store.roles import caller_of
from n2store.tokens import Login, RememberedToken
from proxy.authority import Right, has
from proxy.bodies import finish
from proxy.errors import CallerGone, GatewayError, TooMany
from proxy.rates import Rate
from proxy.watching.asking import asking, who_asks

OWN_TOKEN = "HTTP_X_N2STORE_TOKEN"  # noqa: S105 -- a header's name
ORIGIN_LOGIN = "origin"


class TokenBeside(RememberedToken):
    """Our token, in `Authorization`, or beside it where that is for the neighbour."""

    @override
    def authenticate(self, request: Request) -> Login | None:
        """Return user and token, or None where there is none of ours."""
        beside = request.META.get(OWN_TOKEN)
        if beside:
            login: Login = self.authenticate_credentials(beside.encode())
            return login
        found: Login | None = super().authenticate(request)
        return found


class TokenBesideScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its base is not typed
    """Says so in the API document."""

    target_class = "proxy.api.doors.TokenBeside"
    name = "tokenBeside"

    @override
    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-N2Store-Token"}


class UnreadSession(SessionAuthentication):
    """A session, with its CSRF token in the header: the body is not looked into, it is for the neighbour."""

    @override
    def enforce_csrf(self, request: Any) -> None:
        """Refuse a request that a foreign page made the browser send."""
        bare = copy.copy(getattr(request, "_request", request))
        bare._post, bare._files = QueryDict(), QueryDict()  # noqa: SLF001 -- Django reads no body then
        super().enforce_csrf(bare)


class UnreadSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its base is not typed
    """Says so in the API document."""

    target_class = "proxy.api.doors.UnreadSession"
    name = "cookieWithHeader"

    @override
    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class MayPass(BasePermission):
    """A role with the right; or an old page, where only its own token acts."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the caller may."""
        if request.user is not None:
            return has(caller_of(request.user), view.right(request))
        return comes_from_a_page(request) if view.acts_with_own_token else False


def comes_from_a_page(request: Request) -> bool:
    """Tell whether a page of `PAGE_ORIGINS` asks without a login, in the time when that is allowed."""
    return settings.GATEWAY_LOGIN == ORIGIN_LOGIN and request.META.get("HTTP_ORIGIN") in settings.CORS_ALLOWED_ORIGINS


class GatewayView(APIView):
    """A door of the gateway. The database is let go before a neighbour is asked: that may take long."""

    authentication_classes = [TokenBeside, UnreadSession]
    permission_classes = [MayPass]
    acts_with_own_token: ClassVar[bool] = False
    """Whether nothing of the shop's is lent here: then an old page may come in without a login."""
    door: ClassVar[str] = ""
    """Its name among `settings.GATEWAY_RATES`; a door without one is not counted."""
    needs: ClassVar[Right | None] = None
    """The right that is needed; None: to read for GET, to write for anything else."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Serve the request; calls to neighbours within are traced as its calls."""
        try:
            with asking(getattr(request.resolver_match, "route", "")):
                response = super().dispatch(request, *args, **kwargs)
        except RequestDataTooBig:  # Django's own bound of a body that is read at once; it answers for itself.
            finish(request)
            raise
        if response.status_code >= 400:
            finish(request)
        return response

    def right(self, request: Request) -> Right:
        """Return the right that this request needs."""
        return self.needs or (Right.READ if request.method in SAFE_METHODS else Right.WRITE)

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the caller in, then let go of the database."""
        super().initial(request, *args, **kwargs)
        name = who_asks().by = caller_of(request.user).name
        if self.door and (calls_max := settings.GATEWAY_RATES.get(self.door)):
            Rate(self.door, calls_max).count(name or f"address {request.META.get('REMOTE_ADDR')}")
        if not connection.in_atomic_block:
            connection.close()

    @override
    def handle_exception(self, exc: Exception) -> Response:
        """Answer a neighbour's failure, or a limit. The audit log keeps none: nobody was refused a thing of ours."""
        if not isinstance(exc, GatewayError | TooMany | CallerGone):
            return super().handle_exception(exc)
        response = Response(problem(str(exc), exc.code, exc.params, **exc.beside), status=exc.status)
        if exc.retry_after_s is not None:
            response.headers["Retry-After"] = str(exc.retry_after_s)
        response.exception = True
        return response
