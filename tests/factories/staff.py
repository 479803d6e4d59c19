"""People at the admin screens."""

from django.contrib.auth.models import Group, User
from django.test import Client

from n2store.roles import Role


def logged_in(role: Role | None, *, superuser: bool = False) -> Client:
    """Return a browser of somebody who may enter the admin and has `role`, or none."""
    name = "superuser" if superuser else f"staff-{role}"
    user = User.objects.create_user(username=name, is_staff=True, is_superuser=superuser)
    if role is not None:
        user.groups.add(Group.objects.get(name=role.value))
    client = Client()
    client.force_login(user)
    return client
