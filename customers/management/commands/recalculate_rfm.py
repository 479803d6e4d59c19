"""`manage.py recalculate_rfm`: judge everybody afresh, or see who would move before a draft counts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.models import ConfigStatus
from customers.queries import customer_by_id_or_phone
from customers.rfm.config import config_named
from customers.rfm.scoring import Judged, recalculate, rehearse
from n2store.errors import DomainError


class Command(BaseCommand):
    """Everybody by what counts, unless told otherwise. A draft is only rehearsed."""

    help = "Compute RFM scores and tiers, and print how many move from where to where."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add whom, by what, and whether to write."""
        parser.add_argument("--customer", help="only this one: phone in any spelling, or our id")
        parser.add_argument("--dry-run", action="store_true", help="write nothing")
        parser.add_argument(
            "--config", default=ConfigStatus.ACTIVE.value, help='a version such as "3", or "draft" for the newest draft'
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge, and print the moves."""
        try:
            config = config_named(options["config"])
            customers = [customer_by_id_or_phone(options["customer"]).pk] if options["customer"] else None
        except DomainError as error:
            raise CommandError(f"{error}.") from error
        dry = options["dry_run"] or config.status != ConfigStatus.ACTIVE
        if dry:
            judged = rehearse(customers=customers, config=config)
        else:
            judged = recalculate(by="recalculate_rfm", customers=customers, config=config)
        if options["json"]:
            self.stdout.write(json.dumps(_plain(judged, dry=dry)))
        else:
            for line in _lines(judged, dry=dry):
                self.stdout.write(line)


def _plain(judged: Judged, *, dry: bool) -> dict[str, Any]:
    moves = [{"before": move.before, "after": move.after, "customers": move.customers} for move in judged.moves]
    return {
        "config": judged.config.version,
        "dry_run": dry,
        "scores_written": judged.scores,
        "moved": judged.moved,
        "moves": moves,
    }


def _lines(judged: Judged, *, dry: bool) -> list[str]:
    would = "would move" if dry else "moved"
    head = f"Configuration v{judged.config.version} ({judged.config.status}): {judged.moved:,} customers {would}"
    lines = [head + ("; nothing was written." if dry else f", {judged.scores:,} scores written.")]
    return lines + [f"  {move.before:>10} -> {move.after:<10} {move.customers:>9,}" for move in judged.moves]
