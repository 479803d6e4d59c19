"""Who may do what with customers: everybody on the staff looks, three roles write, the warehouse writes notes."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from n2store.errors import NotAllowed
from n2store.roles import EVERYONE, Role, caller_of, roles_of

WRITERS = frozenset({Role.OWNER, Role.CUSTOMER_CARE, Role.ACCOUNTANT})
NOTE_WRITERS = WRITERS | {Role.WAREHOUSE}


class LooksOrWrites(BasePermission):
    """Everybody on the staff looks; owner, customer care and accountant write."""

    writers = WRITERS

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the caller has one of the roles."""
        allowed = EVERYONE if request.method in SAFE_METHODS else self.writers
        return bool(allowed & roles_of(request.user))


class LooksOrWritesNotes(LooksOrWrites):
    """The warehouse writes notes as well."""

    writers = NOTE_WRITERS


def name_of(request: Request) -> str:
    """Return who asks, as history names them. What a body says of that (`created_by`) counts for nothing."""
    return caller_of(request.user).name


def require_owner(request: Request) -> None:
    """Refuse everybody but the owner.

    Raises:
        NotAllowed: somebody else asks.
    """
    if Role.OWNER not in roles_of(request.user):
        raise NotAllowed("Only the owner may delete a customer for good")
