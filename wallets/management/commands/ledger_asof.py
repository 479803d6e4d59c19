"""`manage.py ledger_asof --customer 0909… --at "2026-11-01 10:00"`: a balance of the past, and what it was made of."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.queries import customer_by_id_or_phone
from n2store.clock import VIETNAM, typed_moment
from n2store.errors import DomainError
from n2store.wire import instant
from wallets.proof.history import By, balance_asof

MEANING = {
    By.BOOKED: "by booking time: what the screens showed then",
    By.OCCURRED: "by event time: what was true then, as far as is known today",
}


class Command(BaseCommand):
    """One customer, one moment; by booking time unless told otherwise."""

    help = "Tell what a wallet held at a past moment, and with --explain the rows behind it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add who, when, and how to tell."""
        parser.add_argument("--customer", required=True, help="phone in any spelling, or our id")
        parser.add_argument(
            "--at", required=True, help='such as "2026-11-01 10:00"; Vietnam time unless a zone is given'
        )
        parser.add_argument("--by", choices=list(By), default=By.BOOKED, help="which of a row's two times counts")
        parser.add_argument("--explain", action="store_true", help="show every row up to then")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the wallet of then."""
        try:
            customer = customer_by_id_or_phone(options["customer"])
        except DomainError as error:
            raise CommandError(f"{options['customer']!r}: {error}.") from error
        try:
            at = typed_moment(options["at"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        by = By(options["by"])
        past = balance_asof(customer, at, by=by, explain=options["explain"])
        if options["json"]:
            self.stdout.write(json.dumps(past, ensure_ascii=False, default=_plain))
        else:
            for line in _lines(past, customer.name):
                self.stdout.write(line)


def _plain(value: object) -> str | None:
    return instant(value) if isinstance(value, datetime) else str(value)


def _lines(past: dict[str, Any], name: str) -> list[str]:
    lines = [
        f"{name} ({past['phone']}, customer {past['customer_id']}) at {past['at']:%Y-%m-%d %H:%M:%S %z}",
        f"{MEANING[past['by']]}; last row no. {past['sequence']}",
        f"real {past['real']:,} + virtual {past['virtual']:,} = {past['total']:,} dong",
        f"spendable {past['spendable']:,} dong",
    ]
    lines += [
        f"  lot {lot['id']}: {lot['remaining']:,} of {lot['original']:,}, until {_minute(lot['expires_at'])}"
        + ("" if lot["expires_at"] > past["at"] else " (had run out)")
        for lot in past["lots"]
    ]
    counted = "created_at" if past["by"] == By.BOOKED else "occurred_at"
    lines += [
        f"  {row['sequence']:>5}  {_minute(row[counted])}  {row['type']:<14} {row['amount']:>+15,}"
        f"  -> {row['real_after']:,} + {row['virtual_after']:,}  {row['note']} ({row['actor']})"
        for row in past.get("rows", ())
    ]
    return lines


def _minute(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%Y-%m-%d %H:%M}"
