"""Orders that hold, take, wait, cancel and give back, at random beside all else, agree with a slow plain wallet."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Customer
from n2store.roles import Caller, Role
from tests.wallets.reference import ReferenceWallet
from tests.wallets.test_credit import DAY, balances, issue, pay_in
from wallets import pending
from wallets.authority import OrderCancelled
from wallets.commands import Owner
from wallets.ledger import Lot
from wallets.models import PendingStatus, PendingWithdrawal, Transaction, VirtualCredit
from wallets.operations import adjust
from wallets.pending import AlreadyTaken, AmountDiffers, NothingTaken
from wallets.proof.history import balance_asof
from wallets.queries import verify_ledger

CHU = Caller(name="chu", roles=frozenset({Role.OWNER}))


class Shop:
    """The database and the plain wallet, moved together."""

    def __init__(self, customer: Customer, seed: int) -> None:
        self.customer, self.chance = customer, random.Random(seed)
        self.model = ReferenceWallet()
        self.owner = Owner(customer_id=customer.pk)
        self.taken: set[int] = set()

    def deposit(self, step: int) -> None:
        amount_vnd = self.amount()
        pay_in(self.customer, amount_vnd, f"d{step}")
        self.model.real_vnd += amount_vnd

    def issue(self, step: int) -> None:
        credit = issue(self.customer, self.amount(), f"i{step}", days=self.chance.randrange(9, 30), at=timezone.now())
        self.model.lots[credit.pk] = Lot(
            id=credit.pk, remaining_vnd=credit.original_vnd, expires_at=credit.expires_at
        )  # fmt: skip

    def lower(self, step: int) -> None:
        amount_vnd = min(self.amount(), self.model.real_vnd)
        if amount_vnd:
            adjust(
                customer=self.customer, amount_vnd=-amount_vnd, key=f"a{step}", reason="x", at=timezone.now(), by="test"
            )
            self.model.adjust(-amount_vnd)

    def hold(self, step: int) -> None:
        order = f"NJD/2026/{self.chance.randrange(step // 3 + 1)}"
        earlier = PendingWithdrawal.objects.filter(order_id=order).first()
        amount_vnd = earlier.amount_vnd if earlier and self.chance.random() < 0.8 else self.amount()
        there_vnd = self.model.real_vnd + self.model.virtual_vnd
        try:
            held = pending.hold(caller=CHU, owner=self.owner, order_id=order, amount_vnd=amount_vnd)
        except AmountDiffers:
            assert earlier is not None
            assert earlier.amount_vnd != amount_vnd
        except OrderCancelled:
            assert earlier is None or earlier.status == PendingStatus.CANCELLED
        else:
            assert earlier is not None or (held.data["status"] == PendingStatus.COMPLETED) == (there_vnd >= amount_vnd)
            self.follow()

    def work(self, _: int) -> None:
        before = dict(PendingWithdrawal.objects.values_list("pk", "attempts"))
        pending.process_due(at=timezone.now() + timedelta(hours=self.chance.randrange(30)))
        self.follow()
        left_vnd = self.model.real_vnd + self.model.virtual_vnd
        for row in PendingWithdrawal.objects.exclude(status=PendingStatus.COMPLETED):
            assert row.attempts == before[row.pk] or row.amount_vnd > left_vnd

    def cancel(self, _: int) -> None:
        row = self.any_row()
        if row is None:
            return
        try:
            pending.cancel(caller=CHU, pending_id=row.pk, reason="x")
        except AlreadyTaken:
            assert row.pk in self.taken
        else:
            assert row.pk not in self.taken

    def cancel_order(self, step: int) -> None:
        order = f"NJD/2026/{self.chance.randrange(step // 3 + 1)}"
        try:
            pending.cancel_order(caller=CHU, order_id=order, reason="x")
        except AlreadyTaken:
            assert PendingWithdrawal.objects.filter(order_id=order, pk__in=self.taken).exists()

    def release(self, _: int) -> None:
        row = self.any_row()
        if row is None:
            return
        try:
            pending.release(caller=CHU, pending_id=row.pk, reason="x")
        except NothingTaken:
            assert row.pk not in self.taken
            return
        if row.pk in self.taken:  # Otherwise it was given back before, and this was a repeat.
            self.taken.remove(row.pk)
            self.model.take_back_real(str(row.pk))
            self.model.take_back_virtual(str(row.pk), timezone.now(), 3 * DAY)

    def follow(self) -> None:
        """Take in the plain wallet what the database says was taken, in its order, and compare from where."""
        rows = PendingWithdrawal.objects.filter(status=PendingStatus.COMPLETED).exclude(pk__in=self.taken)
        for row in sorted(rows, key=self.first_number):
            self.model.withdraw(str(row.pk), row.amount_vnd, timezone.now())
            uses, real_vnd = self.model.spends[str(row.pk)]
            assert (row.virtual_used_vnd, row.real_used_vnd) == (sum(amount for _, amount in uses), real_vnd)
            self.taken.add(row.pk)

    @staticmethod
    def first_number(row: PendingWithdrawal) -> int:
        return min(
            Transaction.objects.filter(key=f"order:{row.order_id}:{row.customer_id}").values_list("sequence", flat=True)
        )

    def any_row(self) -> PendingWithdrawal | None:
        rows = list(PendingWithdrawal.objects.order_by("pk"))
        return self.chance.choice(rows) if rows else None

    def amount(self) -> int:
        return self.chance.randrange(1, 80) * 1_000


@pytest.mark.parametrize("seed", range(4))
def test_orders_that_hold_wait_cancel_and_give_back_agree_with_a_plain_wallet(customer: Customer, seed: int) -> None:
    shop = Shop(customer, seed)
    ways = [shop.deposit, shop.issue, shop.lower, shop.hold, shop.hold, shop.hold, shop.work, shop.cancel]
    ways += [shop.cancel_order, shop.release]

    for step in range(250):
        shop.chance.choice(ways)(step)

        assert balances(customer) == (shop.model.real_vnd, shop.model.virtual_vnd), (seed, step)

    found = dict(VirtualCredit.objects.values_list("id", "remaining_vnd"))
    assert found == {number: lot.remaining_vnd for number, lot in shop.model.lots.items()}
    assert {row.status for row in PendingWithdrawal.objects.all()} >= {"COMPLETED", "CANCELLED"}
    past = balance_asof(customer, timezone.now())
    assert (past["real"], past["virtual"]) == (shop.model.real_vnd, shop.model.virtual_vnd)
    assert verify_ledger() == []
