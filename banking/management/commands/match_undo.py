"""`manage.py match_undo`: take a match back with its money, after showing what that does."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, no_translations
from typing_extensions import override

from banking.desk.undo import effects, undo
from banking.models import UndoStatus
from n2store.errors import DomainError
from n2store.roles import Caller, caller_of


class Command(BaseCommand):
    """Print the effects; without --dry-run carry them out in the name of an operator."""

    help = "Take the match of a transfer back. Where its money was spent, a second person confirms in the console."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--transfer", type=int, required=True, metavar="ID")
        parser.add_argument("--dry-run", action="store_true", help="only show what would happen")
        parser.add_argument("--reason", default="", help="why; kept with the undo")
        parser.add_argument("--by", default="", metavar="USER", help="whose decision it is: a user who may approve")

    @override
    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for line in effects(options["transfer"]).lines:
                self.stdout.write(line)
            if options["dry_run"]:
                self.stdout.write("Dry run: nothing was changed.")
                return
            done = undo(caller=_operator(options["by"]), transfer_id=options["transfer"], reason=options["reason"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        if done.status == UndoStatus.WAITING:
            raise CommandError(
                f"Nothing was moved: {done.shortfall_vnd:,} dong were spent. Undo {done.pk} waits for a second person,"
                " who confirms it in the console."
            )
        self.stdout.write(f"Undone (undo {done.pk}).")


def _operator(name: str) -> Caller:
    """Return the user in whose name this is done."""
    user = User.objects.filter(username=name, is_active=True).first() if name else None
    if user is None:
        raise CommandError("--by must name an active user")
    return caller_of(user)
