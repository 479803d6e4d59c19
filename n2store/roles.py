"""Who may do what: five roles as Django groups, and the permission classes of the API. Deny by default."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Role(StrEnum):
    """The groups. Their names are data that other systems use."""

    OWNER = "owner"
    CUSTOMER_CARE = "customer_care"
    WAREHOUSE = "warehouse"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"


EVERYONE = frozenset(Role)

ADMIN_ACTIONS: dict[Role, frozenset[str]] = {
    Role.OWNER: frozenset({"view", "add", "change", "delete"}),
    Role.ACCOUNTANT: frozenset({"view", "change"}),
    Role.CUSTOMER_CARE: frozenset({"view", "change"}),
    Role.WAREHOUSE: frozenset({"view"}),
    Role.VIEWER: frozenset({"view"}),
}
"""What a role may do with our apps' models in the admin; each admin class narrows it further."""


def roles_of(user: AbstractBaseUser | AnonymousUser | None) -> frozenset[Role]:
    """Return the roles of a logged-in, active user; a superuser has all. One query for each user object."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return EVERYONE
    known: frozenset[Role] | None = getattr(user, "n2store_roles", None)
    if known is None:
        names = set(user.groups.values_list("name", flat=True))
        known = frozenset(role for role in Role if role.value in names)
        user.n2store_roles = known  # type: ignore[attr-defined]
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks for something: the name that history shows, and the roles that decide."""

    name: str
    roles: frozenset[Role]


def caller_of(user: AbstractBaseUser | AnonymousUser | None) -> Caller:
    """Return the logged-in user as a caller; somebody who is not logged in has no roles."""
    known = user is not None and user.is_authenticated
    return Caller(name=user.get_username() if user is not None and known else "", roles=roles_of(user))


class DenyByDefault(BasePermission):
    """A view that names nobody lets nobody in."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse."""
        return False


class _HasRole(BasePermission):
    roles: ClassVar[frozenset[Role]] = frozenset()

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(self.roles & roles_of(request.user))


class IsStaffMember(_HasRole):
    """Any of the five roles."""

    roles = EVERYONE
