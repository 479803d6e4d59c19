"""`manage.py figures_verify`: prove the figures that writes keep against a recount; exits 1 if one differs."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.models import OrderStats
from customers.orders.queries import wrong_figures
from tickets import marks, tally


class Command(BaseCommand):
    """Order figures of every customer, counts of tickets, their places in the queue. Wallets: `ledger_verify`."""

    help = "Prove kept figures of orders and tickets against a recount."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what differs, or what was proved."""
        started = time.perf_counter()
        faults = [f"customer {customer_id}: order figures differ from the orders" for customer_id in wrong_figures()]
        for cell in tally.wrong():
            where = f"tickets {cell.status} {cell.type}" if cell.status else "credit of tickets"
            faults.append(
                f"{where}: kept {cell.tickets_kept} / {cell.refund_kept_vnd} / {cell.credit_kept_vnd},"
                f" counted {cell.tickets} / {cell.refund_vnd} / {cell.credit_vnd}"
            )
        faults += [f"ticket {code}: its place in the queue is not its customer's" for code in marks.wrong()]
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} kept figures are not what a recount says.")
        seconds = time.perf_counter() - started
        self.stdout.write(
            f"Kept figures are true: {OrderStats.objects.count()} customers' orders and all tickets,"
            f" recounted in {seconds:.1f} s."
        )
