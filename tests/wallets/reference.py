"""A slow, plain wallet: what the database must agree with after any sequence of operations."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wallets.ledger import InsufficientFunds, Lot, NotReversible, plan_withdrawal


@dataclass
class ReferenceWallet:
    """Balances and lots in plain Python; lots by the number of their issue."""

    real_vnd: int = 0
    lots: dict[int, Lot] = field(default_factory=dict)
    spends: dict[str, tuple[tuple[tuple[int, int], ...], int]] = field(default_factory=dict)

    @property
    def virtual_vnd(self) -> int:
        """What the lots hold together."""
        return sum(lot.remaining_vnd for lot in self.lots.values())

    def expire(self, at: datetime) -> None:
        """Empty the lots that have run out."""
        for number, lot in self.lots.items():
            if lot.expires_at <= at:
                self.lots[number] = Lot(id=lot.id, remaining_vnd=0, expires_at=lot.expires_at)

    def withdraw(self, key: str, amount_vnd: int, at: datetime) -> None:
        """Spend, or raise InsufficientFunds and change nothing."""
        plan = plan_withdrawal(amount_vnd=amount_vnd, real_vnd=self.real_vnd, lots=list(self.lots.values()), at=at)
        self.expire(at)
        for number, taken_vnd in plan.uses:
            self._put(number, -taken_vnd)
        self.real_vnd -= plan.real_vnd
        self.spends[key] = (plan.uses, plan.real_vnd)

    def take_back_real(self, key: str) -> None:
        """Give back the real money of a spend."""
        self.real_vnd += self.spends[key][1]

    def take_back_virtual(self, key: str, at: datetime, grace: timedelta) -> None:
        """Refill the lots of a spend; one that ran out lives again for the grace period."""
        for number, taken_vnd in self.spends[key][0]:
            lot = self.lots[number]
            expires_at = at + grace if lot.expires_at <= at else lot.expires_at
            self.lots[number] = Lot(id=lot.id, remaining_vnd=lot.remaining_vnd + taken_vnd, expires_at=expires_at)

    def cancel(self, number: int, original_vnd: int) -> None:
        """Empty an untouched lot."""
        if self.lots[number].remaining_vnd != original_vnd:
            raise NotReversible
        self._put(number, -original_vnd)

    def adjust(self, amount_vnd: int) -> None:
        """Move real money by hand."""
        if self.real_vnd + amount_vnd < 0:
            raise InsufficientFunds
        self.real_vnd += amount_vnd

    def _put(self, number: int, amount_vnd: int) -> None:
        lot = self.lots[number]
        self.lots[number] = Lot(id=lot.id, remaining_vnd=lot.remaining_vnd + amount_vnd, expires_at=lot.expires_at)
