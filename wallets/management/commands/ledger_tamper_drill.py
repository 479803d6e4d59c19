"""`manage.py ledger_tamper_drill`: break a made-up ledger in every way, and see that the proof names each.

All of it happens in a database made for it on the running server and dropped afterwards. Each change is made as a
superuser would: triggers off, foreign keys and checks gone. It is rolled back before the next one.
"""

import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from customers.models import Customer
from customers.operations import get_or_create_customer
from wallets.models import CreditSource, Source, Transaction, VirtualCredit
from wallets.operations import adjust, cancel_credit, deposit, expire_credits, issue_credit, reverse, withdraw
from wallets.proof.seals import last_seal, seal_days
from wallets.proof.tampering import TAMPERINGS, Tampering
from wallets.queries import Fault, verify_ledger

BOUNDS_OFF = """
    SET LOCAL session_replication_role = replica;
    DO $$ DECLARE bound record; BEGIN
        FOR bound IN SELECT conrelid::regclass AS place, conname AS name FROM pg_constraint
            WHERE contype = 'c' AND conrelid::regclass::text LIKE 'wallets\\_%'
        LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', bound.place, bound.name); END LOOP;
    END $$
"""


class Command(BaseCommand):
    """Exits 1 when a change goes unnamed. Needs a database user who may create databases and is superuser."""

    help = "Tamper with a throw-away ledger and see that every tampering is named."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each tampering: what was done, what the proof said, and whether without the seals too."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # As Ctrl-C does: the database goes as well.
        try:
            with throwaway_database():
                make_ledger()
                unnamed = [tampering.what for tampering in TAMPERINGS if not self._named(tampering)]
                if verify_ledger():
                    raise CommandError("The ledger has faults that no tampering made.")
        except DatabaseError as error:
            raise CommandError(f"The drill could not be held: {error}") from error
        if unnamed:
            raise CommandError(f"{len(unnamed)} of {len(TAMPERINGS)} went unnamed: {', '.join(unnamed)}.")
        self.stdout.write(f"All {len(TAMPERINGS)} tamperings were named, and the database is gone.")

    def _named(self, tampering: Tampering) -> bool:
        """Do it, see what the proof says, take it back."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(tampering.names)
            expected = cursor.fetchone()
            kept_elsewhere = _digest()
            cursor.execute(BOUNDS_OFF)
            cursor.execute(tampering.sql)
            faults = verify_ledger()
            if _digest() != kept_elsewhere:
                faults.append(Fault(0, 0, "the last digest is not the copy kept elsewhere"))
            transaction.set_rollback(True)
        named = [fault for fault in faults if (fault.wallet_id, fault.sequence) == expected]
        without_seals = [fault for fault in named if "seal" not in fault.text and fault.wallet_id]
        self.stdout.write(
            f"{'named ' if named else 'UNSEEN'}  {tampering.what:<56}  wallet {expected[0]}, row {expected[1]}: "
            f"{(without_seals or named)[0].text if named else '-'}{'' if without_seals else '  [by the seal]'}"
        )
        return bool(named)


def _digest() -> str:
    seal = last_seal()
    return seal.digest if seal else ""


@contextmanager
def throwaway_database() -> Iterator[None]:
    """Point the default connection at a new, migrated database until the end, and drop that in any case."""
    shop, tests = connection.settings_dict["NAME"], connection.settings_dict["TEST"]
    name = tests["NAME"] = f"n2store_drill_{secrets.token_hex(6)}"
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        yield
    finally:
        if connection.settings_dict["NAME"] == name:  # Otherwise it was never made: what is named there is the shop.
            connection.creation.destroy_test_db(shop, verbosity=0)


def make_ledger() -> None:
    """Post a small ledger that holds every kind of row, and seal it."""
    now = timezone.now()
    long_ago = now - timedelta(days=30)
    one, _ = get_or_create_customer(phone="0909318264", name="Chị Hoa", by="drill")
    other, _ = get_or_create_customer(phone="0387654321", name="Chị Lan", by="drill")

    def pay_in(customer: Customer, amount_vnd: int, key: str) -> Transaction:
        return deposit(
            customer=customer, amount_vnd=amount_vnd, key=f"drill:in:{key}", source=Source.BANK_TRANSFER, at=long_ago,
            by="drill", reference=("drill", "1"),
        )  # fmt: skip

    def issue(amount_vnd: int, key: str, days: int) -> VirtualCredit:
        return issue_credit(
            customer=one, amount_vnd=amount_vnd, key=f"drill:lot:{key}", source_type=CreditSource.COMPENSATION,
            at=long_ago, by="drill", lifetime=timedelta(days=days),
        )  # fmt: skip

    pay_in(one, 100_000, "1")
    taken_back = pay_in(one, 40_000, "2")
    pay_in(other, 60_000, "other")
    issue(30_000, "used", 20)
    issue(20_000, "spent", 21)
    issue(10_000, "expired", 22)
    issue(50_000, "live", 90)
    cancel_credit(credit=issue(5_000, "cancelled", 90), reason="drill", at=long_ago, by="drill")
    spend(one, 40_000, "order", long_ago)
    spend(one, 10_000, "taken-back", long_ago)
    expire_credits(at=now, wallets_max=10)
    for row in Transaction.objects.filter(key="drill:taken-back"):
        reverse(posted=row, reason="drill", at=now, by="drill")
    reverse(posted=taken_back, reason="drill", at=now, by="drill")
    adjust(customer=one, amount_vnd=-5_000, key="drill:adjust", reason="drill", at=now, by="drill")
    spend(other, 10_000, "other-order", now)
    pay_in(one, 7_000, "last")
    seal_days(now=now + timedelta(days=2))


def spend(customer: Customer, amount_vnd: int, key: str, at: Any) -> None:
    """Spend for an order."""
    withdraw(
        customer=customer,
        amount_vnd=amount_vnd,
        key=f"drill:{key}",
        at=at,
        by="drill",
        note="",
        reference=("order", key),
    )
