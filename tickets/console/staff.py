"""Who looks after a ticket: a login, told by the name that colleagues know. Programs may write any other text."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, Trim
from django.utils.translation import gettext as _

from tickets.authority import Right
from tickets.models import Ticket


def staff_names() -> dict[str, str]:
    """Return the logins of those who may look after tickets now, with their names, by name. One query."""
    roles = [role for role, rights in settings.TICKET_RIGHTS.items() if Right.NOTE.value in rights]
    may = Q(is_superuser=True) | Q(groups__name__in=roles)
    people = User.objects.filter(may, is_active=True, is_staff=True).distinct()
    named = {user.get_username(): user.get_full_name() or user.get_username() for user in people}
    return dict(sorted(named.items(), key=lambda one: one[1].casefold()))


def assignees(names: dict[str, str], present: str) -> list[tuple[str, str]]:
    """Return who may be chosen: nobody, whoever it is now, and the staff."""
    others = {present: present} if present and present not in names else {}
    return [("", _("– nobody –")), *(others | names).items()]


def with_assignees(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Return the rows, each knowing `assignee_name`, which is empty for who is no user."""
    named = User.objects.filter(username=OuterRef("assigned_to")).annotate(
        name=Trim(Concat("first_name", Value(" "), "last_name"))
    )
    return rows.annotate(assignee_name=Subquery(named.values("name")))


def assigned_to(login: str) -> Q:
    """Return the condition of tickets that somebody looks after; it says what their index leaves out."""
    return Q(assigned_to=login) & ~Q(assigned_to="")
