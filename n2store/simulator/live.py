"""Playing an evening over the sockets, and transfers beside it."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count as counted

from n2store.clock import VIETNAM
from n2store.simulator.evening import Evening, Telling
from n2store.simulator.pancake import PancakeSocket
from n2store.simulator.sepay import Deliveries, Delivery
from n2store.simulator.tpos_socket import TposSocket


@dataclass(slots=True)
class Transfers:
    """Bank transfers, so many a second, whoever hears them."""

    deliveries: Deliveries
    send: Callable[[Delivery], object]
    per_s: float
    _due: float = 0.0

    def let_pass(self, seconds: float) -> None:
        """Send what became due in that time."""
        self._due += seconds * self.per_s
        while self._due >= 1:
            self._due -= 1
            self.send(self.deliveries.next(at=datetime.now(VIETNAM)))


@dataclass(slots=True)
class Stage:
    """Who plays. Without a socket its part is left out."""

    pancake: PancakeSocket | None = None
    tpos: TposSocket | None = None
    transfers: Transfers | None = None

    def tell(self, telling: Telling) -> int:
        """Tell it by the socket it belongs to, and return how many heard it."""
        if telling.page_id and self.pancake is not None:
            return self.pancake.tell_event(telling.event, telling.payload, page_id=telling.page_id)
        if not telling.page_id and self.tpos is not None:
            return self.tpos.tell_event(telling.event, telling.payload)
        return 0


def add_pace(parser: ArgumentParser) -> None:
    """Add what all evenings are asked."""
    parser.add_argument("--every", type=float, default=2.0, help="seconds from one thing that happens to the next")
    parser.add_argument("--count", type=int, default=0, help="how many things (0: until Ctrl-C)")
    parser.add_argument("--seed", type=int, default=None, help="for the same evening again")


def play_evening(stage: Stage, evening: Evening, *, every_s: float, count: int = 0) -> int:
    """Play so many things, or for ever, and return how many frames were told."""
    told = 0
    for number in counted(1):
        told += sum(stage.tell(each) for each in evening.next(at=datetime.now(UTC)))
        if stage.transfers is not None:
            stage.transfers.let_pass(every_s)
        if number == count:
            break
        time.sleep(every_s)
    return told
