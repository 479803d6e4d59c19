"""`manage.py match_explain`: why a transfer went where it went, or where a text would go now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from typing_extensions import override

from banking.desk.errors import TransferNotFound
from banking.desk.rows import fresh
from banking.matching.explain import explain_content, explain_transfer


class Command(BaseCommand):
    """Print reading, candidates with evidence, and decision. Changes nothing."""

    help = "Explain whose a transfer is: --transfer ID, or --content TEXT."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--transfer", type=int, metavar="ID", help="a transfer that arrived")
        what.add_argument("--content", metavar="TEXT", help="a text that might arrive")
        parser.add_argument("--amount", type=int, metavar="N", help="with --content: the amount in dong")
        parser.add_argument("--account", default="", metavar="A", help="with --content: the shop's account")

    @override
    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        if options["transfer"] is None:
            explained = explain_content(
                options["content"], amount_vnd=options["amount"], account_number=options["account"]
            )
        else:
            try:
                transfer = fresh(options["transfer"])
            except TransferNotFound as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"#{transfer.pk} {transfer} · {transfer.get_verification_display()}")
            explained = explain_transfer(transfer)
        for line in explained.lines:
            self.stdout.write(line)
