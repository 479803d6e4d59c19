"""What the demo's service desk shows whatever chance brings: late tickets of each type and state, and rare things."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from n2store.demo.orders import Fate, OrderBook, Sale
from n2store.demo.service import SEED, Add, Desk, Story, days

COD_MIN_VND = 60_000
RECENT_MAX = 60

Tell = Callable[..., Story]

LATE: tuple[tuple[Tell, str, float], ...] = (
    (Desk.refused, "PENDING_GOODS", 14), (Desk.refused, "PENDING_FINANCE", 19), (Desk.cod_lowered, "PENDING_GOODS", 12),
    (Desk.cod_lowered, "PENDING_FINANCE", 15), (Desk.collected, "PENDING", 24), (Desk.collected, "IN_PROGRESS", 22),
    (Desk.collected, "PENDING_GOODS", 21), (Desk.collected, "PENDING_FINANCE", 31),
    (Desk.sent_back, "PENDING_GOODS", 25), (Desk.sent_back, "PENDING_FINANCE", 29), (Desk.complained, "PENDING", 7),
    (Desk.complained, "IN_PROGRESS", 9), (Desk.repaired, "IN_PROGRESS", 34), (Desk.repaired, "PENDING_GOODS", 36),
    (Desk.asked, "PENDING", 4), (Desk.asked, "IN_PROGRESS", 6),
)  # fmt: skip
"""Story, the state it stops in, and how many days ago it began."""
NOT_YET_LATE: tuple[tuple[Tell, str, float], ...] = (
    (Desk.refused, "PENDING_GOODS", 9.4), (Desk.cod_lowered, "PENDING_FINANCE", 9.6), (Desk.complained, "PENDING", 1),
)  # fmt: skip
RARE: tuple[tuple[Tell, dict[str, Any], float], ...] = (
    (Desk.called_off, {}, 11), (Desk.opened_by_mistake, {}, 13), (Desk.sent_back, {"worthless": True}, 18),
)  # fmt: skip
"""Called off, deleted, written off."""
SECOND_AGO = 8
"""So many days ago somebody complained of an order that had a ticket."""
CARRIED = (Desk.refused, Desk.cod_lowered, Desk.called_off)
BEST_EVERY = 5
"""Each so-manieth of these is a matter of one of the best customers."""


class Leftovers:
    """Finds an order for each of these, and lets its story begin."""

    def __init__(self, desk: Desk, book: OrderBook) -> None:
        self._desk, self._book = desk, book

    def begin(self, add: Add, *, now: datetime) -> None:
        """Let all of them begin when it is their day."""
        open_ones = [(tell, {"stops_at": state}, ago) for tell, state, ago in (*LATE, *NOT_YET_LATE)]
        for number, (tell, how, ago) in enumerate((*open_ones, *RARE)):
            add(now - days(ago), self._beginning(tell, how, best=number % BEST_EVERY == 0))
        again = self._beginning(Desk.complained, {"stops_at": "IN_PROGRESS"}, again=True)
        add(now - days(SECOND_AGO), again)

    def _beginning(
        self, tell: Tell, how: dict[str, Any], *, best: bool = False, again: bool = False
    ) -> Callable[[datetime], None]:
        def begin(at: datetime) -> None:
            random = Random(f"{SEED}:{tell.__name__}:{how}")  # noqa: S311 -- as elsewhere in the demo
            sale = self._some_sale(tell, at, best=best, again=again)
            self._desk.begin(tell(self._desk, sale, random, **how), at)

        return begin

    def _some_sale(self, tell: Tell, at: datetime, *, best: bool, again: bool) -> Sale:
        """Return a recent order: on its way for a matter with the carrier, with the customer for the others.

        It has no ticket yet, unless it is to be one that has.
        """
        found = [
            sale
            for sale in self._book.sales
            if sale.fate is Fate.KEPT and bool(sale.tickets) is again and sale.cod_vnd >= COD_MIN_VND
            and not (sale.person.listed or sale.person.habit or sale.person.suspicion)
            and (sale.delivered_at is None and sale.ordered_at < at - days(1) if tell in CARRIED else sale.delivered_at)
        ]  # fmt: skip
        recent = sorted(found, key=lambda sale: sale.ordered_at)[-RECENT_MAX:]
        sale = max(recent, key=lambda sale: sale.person.weight) if best else recent[-1]
        if tell is Desk.refused:
            sale.fate = Fate.HELD
        return sale
