"""The demo shop's orders: placed as people pay, ended by the carrier, and told to us once a week as TPOS would."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from customers.models import OrderSource, OrderStatus
from customers.orders.taking import ROWS_MAX, take_orders
from customers.rfm.scoring import recalculate
from n2store.demo.customers import Person
from n2store.demo.goods import Line, lines_worth, parcel, worth
from n2store.demo.past import Past

SEED = 41_003
FIRST_NUMBER = 41_000
BY = "tpos"
TOLD_EVERY = timedelta(days=7)


class Fate(StrEnum):
    """What becomes of a parcel."""

    KEPT = "kept"
    REFUSED = "refused"
    SENT_BACK = "sent back"
    CANCELLED = "cancelled"
    HELD = "held"
    """The service desk says what."""


FATES = {Fate.KEPT: 90, Fate.REFUSED: 4, Fate.SENT_BACK: 3, Fate.CANCELLED: 3}
"""Of a hundred orders."""


@dataclass(slots=True, kw_only=True)
class Sale:
    """One order. Moments that have not come yet are None; `paid_vnd` was paid before it was sent, the rest is COD."""

    person: Person
    code: str
    lines: list[Line]
    carrier: str
    tracking_code: str
    fate: Fate
    ordered_at: datetime
    news_at: datetime
    paid_vnd: int = 0
    delivered_at: datetime | None = None
    returned_at: datetime | None = None
    cancelled_at: datetime | None = None
    tickets: list[str] = field(default_factory=list)

    @property
    def total_vnd(self) -> int:
        """What it costs."""
        return worth(self.lines)

    @property
    def cod_vnd(self) -> int:
        """What the carrier collects."""
        return max(self.total_vnd - self.paid_vnd, 0)

    def told(self) -> dict[str, Any]:
        """Return the row as the batch of orders takes it."""
        status = (
            OrderStatus.RETURNED if self.returned_at
            else OrderStatus.CANCELLED if self.cancelled_at
            else OrderStatus.DELIVERED if self.delivered_at
            else OrderStatus.CONFIRMED
        )  # fmt: skip
        return {
            "code": self.code, "phone": self.person.phone, "name": self.person.name, "total": self.total_vnd,
            "status": status.value, "ordered_at": self.ordered_at, "delivered_at": self.delivered_at,
            "returned_at": self.returned_at, "cancelled_at": self.cancelled_at, "updated_at": self.news_at,
            "raw": {"carrier": self.carrier, "tracking_code": self.tracking_code, "lines": self.lines},
        }  # fmt: skip


class OrderBook:
    """Numbers sales, and tells their news. Chances are its own, so that money stays as it was."""

    def __init__(self) -> None:
        self.sales: list[Sale] = []
        self._random = Random(SEED)  # noqa: S311 -- made-up parcels, the same for everyone
        self._number = FIRST_NUMBER
        self._told_at: datetime | None = None

    def next_code(self, at: datetime) -> str:
        """Return the number of the next order."""
        self._number += self._random.randrange(1, 9)
        return f"NJD/{at.year}/{self._number}"

    def place(
        self,
        person: Person,
        at: datetime,
        *,
        code: str | None = None,
        paid_vnd: int = 0,
        total_vnd: int | None = None,
        fate: Fate | None = None,
    ) -> Sale:
        """Write down an order; without a total it costs what was paid, and often more, for the carrier to collect."""
        random = self._random
        if total_vnd is None:
            total_vnd = paid_vnd + (random.randrange(6, 90) * 5_000 if random.random() < 0.7 else 0)
        carrier, tracking_code = parcel(random)
        sale = Sale(
            person=person, code=code or self.next_code(at), lines=lines_worth(random, total_vnd), carrier=carrier,
            tracking_code=tracking_code, paid_vnd=paid_vnd, ordered_at=at, news_at=at,
            fate=fate or self._fate(person),
        )  # fmt: skip
        self.sales.append(sale)
        return sale

    def _fate(self, person: Person) -> Fate:
        found = self._random.choices([*FATES], [*FATES.values()])[0]
        return Fate.REFUSED if person.listed and found is Fate.SENT_BACK else found

    def tell(self, past: Past, at: datetime) -> None:
        """Let the shop hear what happened since the last time, and judge everybody by it."""
        since = self._told_at
        news = [sale for sale in self.sales if since is None or sale.news_at > since]
        self._told_at = at
        with past.at(at):
            for first in range(0, len(news), ROWS_MAX):
                rows = [sale.told() for sale in news[first : first + ROWS_MAX]]
                take_orders(rows, source=OrderSource.TPOS, by=BY, now=at)
            recalculate(by=BY, at=at)

    def telling_moments(self, *, first: datetime, now: datetime) -> Iterator[datetime]:
        """Return when TPOS is asked: each week, and at last now."""
        at = now
        while at > first:
            yield at
            at -= TOLD_EVERY


def deliver(sale: Sale, at: datetime) -> None:
    """Let the customer take the parcel."""
    sale.delivered_at = sale.news_at = at


def cancel(sale: Sale, at: datetime) -> None:
    """Call the order off before it is sent."""
    sale.cancelled_at = sale.news_at = at


def bring_back(sale: Sale, at: datetime) -> None:
    """Let the parcel be back at the shop."""
    sale.returned_at = sale.news_at = at
