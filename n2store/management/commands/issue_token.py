"""`manage.py issue_token --role owner`: print an API token for a role."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand
from knox.models import get_token_model

from n2store.roles import Role


class Command(BaseCommand):
    """One service user a role; every call makes a further token, revocable in the admin."""

    help = "Print an API token for a role; send it as `Authorization: Token <token>`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--role` and `--user`."""
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--user", help="user name; made if there is none (default: token-<role>)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token and nothing else."""
        role: str = options["role"]
        user, created = User.objects.get_or_create(username=options["user"] or f"token-{role}")
        if created:
            user.set_unusable_password()
            user.save()
        user.groups.add(Group.objects.get(name=role))
        _token, text = get_token_model().objects.create(user=user)
        self.stdout.write(text)
