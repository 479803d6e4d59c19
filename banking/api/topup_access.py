"""Who asks about top-ups: staff with a role, or a customer whose browser carries the cookie of a signed link."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from typing_extensions import override

from banking.payos.access import COOKIE, Viewer, cookie_name, customer_of
from n2store.roles import roles_of


@dataclass(frozen=True, slots=True)
class Payer:
    """A customer who came by a link. No login, no role: only their own top-ups."""

    customer_id: int
    is_authenticated = True
    is_active = True

    def get_username(self) -> str:
        """Return what the audit log calls them."""
        return f"customer:{self.customer_id}"


class PayerByLink(SessionAuthentication):
    """The cookie of a link, with the same guard against forged forms as a session has."""

    @override
    def authenticate(self, request: Request) -> Any:
        customer_id = payer_of(request)
        if customer_id is None:
            return None
        self.enforce_csrf(request)
        return Payer(customer_id), None


class PayerByLinkScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its base is not typed
    """Says in the API document what such a browser sends."""

    target_class = "banking.api.topup_access.PayerByLink"
    name = "topupLink"

    @override
    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": COOKIE}


class StaffOrPayer(BasePermission):
    """Any of the roles, or a customer by link."""

    @override
    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(roles_of(request.user)) or payer_of(request) is not None


def payer_of(request: Any) -> int | None:
    """Return the customer of the browser's link."""
    text = request.COOKIES.get(cookie_name())
    return customer_of(text) if text else None


def viewer_of(request: Any) -> Viewer:
    """Return who asks. One browser may be logged in and carry a link as well."""
    user = request.user
    user_id = user.pk if isinstance(user, User) and roles_of(user) else None
    return Viewer(user_id=user_id, customer_id=payer_of(request))
