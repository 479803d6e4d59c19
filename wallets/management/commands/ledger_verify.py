"""`manage.py ledger_verify`: prove every wallet against its rows; exits 1 and names each fault if there is one."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wallets.models import Transaction, Wallet
from wallets.proof.seals import last_seal
from wallets.queries import verify_ledger


class Command(BaseCommand):
    """Numbers without gaps, before/after chain, balances equal to the sum of the rows, lots, and sealed days."""

    help = "Prove every wallet against its transactions."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the faults, or what was proved."""
        started = time.perf_counter()
        faults = verify_ledger()
        for fault in faults:
            self.stderr.write(f"wallet {fault.wallet_id}, row {fault.sequence}: {fault.text}")
        if faults:
            raise CommandError(f"{len(faults)} faults in the ledger.")
        wallets, rows = Wallet.objects.count(), Transaction.objects.count()
        seconds = time.perf_counter() - started
        self.stdout.write(f"Ledger is whole: {wallets} wallets, {rows} transactions, checked in {seconds:.1f} s.")
        if seal := last_seal():
            self.stdout.write(f"Sealed up to {seal.day}: {seal.digest}")
