"""What the demo's customers do with their wallets: pay orders, get credit, and be corrected now and then."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from customers.models import Customer
from n2store.demo.customers import Person
from n2store.demo.orders import OrderBook, Sale
from wallets import operations
from wallets.ledger import InsufficientFunds, NotReversible
from wallets.models import CreditSource, Transaction

ORDERS_PER_TRANSFER = 0.7
PAYS_ALL = 0.45
GIFTS = 70
CORRECTIONS = 8
STEP_VND = 5_000

ACCOUNTANT = "ketoan"
GIFT_FOR = ("Quà sinh nhật khách quen", "Tặng khách giới thiệu bạn", "Minigame livestream tối thứ bảy")


class Till:
    """Books orders, gifts and corrections through the real operations."""

    def __init__(self, random: Random, book: OrderBook) -> None:
        self._random, self._book = random, book

    def order_after(self, paid_at: datetime, *, now: datetime) -> datetime | None:
        """Return when a customer who has just paid in orders something, if they do."""
        at = paid_at + timedelta(minutes=self._random.randrange(20, 3 * 24 * 60))
        return at if at < now and self._random.random() < ORDERS_PER_TRANSFER else None

    def pay_order(self, person: Person, customer: Customer, at: datetime) -> Sale | None:
        """Pay an order from the wallet: with all there is, or a part of it. Return it, unless there is nothing."""
        wallet = customer.wallet
        wallet.refresh_from_db()
        held_vnd = wallet.real_vnd + wallet.virtual_vnd
        share = 1 if self._random.random() < PAYS_ALL else self._random.uniform(0.2, 0.9)
        amount_vnd = int(held_vnd * share) // STEP_VND * STEP_VND
        if not amount_vnd:
            return None
        order = self._book.next_code(at)
        try:
            operations.withdraw(
                customer=customer, amount_vnd=amount_vnd, key=f"order:{order}:{customer.pk}", at=at, by="cskh",
                note=f"Thanh toán công nợ đơn hàng #{order}", reference=("order", order),
            )  # fmt: skip
        except InsufficientFunds:
            return None  # Credit that counted above has run out by then.
        return self._book.place(person, at, code=order, paid_vnd=amount_vnd)

    def give(self, customer: Customer, at: datetime) -> None:
        """Give credit as a present."""
        operations.issue_credit(
            customer=customer, amount_vnd=self._random.randrange(4, 40) * STEP_VND, key=f"demo:gift:{at.isoformat()}",
            source_type=CreditSource.PROMOTION, at=at, by=ACCOUNTANT, note=self._random.choice(GIFT_FOR),
        )  # fmt: skip

    def correct(self, customer: Customer, at: datetime) -> None:
        """Book something by hand that was a mistake, and take it back."""
        booked = operations.adjust(
            customer=customer, amount_vnd=self._random.randrange(1, 20) * STEP_VND, key=f"demo:adjust:{at.isoformat()}",
            reason="Khách báo thiếu tiền, đối soát lại sao kê", at=at, by=ACCOUNTANT,
        )  # fmt: skip
        if self._random.random() < 0.6:
            self._take_back(booked, at + timedelta(minutes=1))

    def _take_back(self, booked: Transaction, at: datetime) -> None:
        try:
            operations.reverse(posted=booked, reason="Nhập nhầm khách", at=at, by=ACCOUNTANT)
        except (InsufficientFunds, NotReversible):
            return  # Spent in the meantime: then it stays as it is.

    def moments(self, count: int, *, first: datetime, now: datetime) -> Iterator[datetime]:
        """Return so many moments between `first` and `now`, more of late."""
        for _ in range(count):
            yield now - (now - first) * self._random.random() ** 1.6
