"""What the app announces from Python; the functions in `sql/` announce the same shapes, and `transfer.received`."""

from dataclasses import dataclass
from typing import ClassVar, Self

from typing_extensions import override

from banking.models import BankTransfer
from n2store.events import Event


@dataclass(frozen=True, kw_only=True)
class TransferMatched(Event):
    """A transfer has an owner now, found by the rules or given by a person."""

    name: ClassVar[str] = "transfer.matched"
    id: int
    customer_id: int
    customer_phone: str
    customer_name: str
    match_method: str
    verification_status: str
    wallet_processed: bool

    @classmethod
    def of(cls, transfer: BankTransfer) -> Self:
        """Tell of a transfer that has an owner."""
        assert transfer.customer is not None
        return cls(
            id=transfer.pk,
            customer_id=transfer.customer.pk,
            customer_phone=transfer.customer.phone,
            customer_name=transfer.customer.name,
            match_method=transfer.match_method,
            verification_status=transfer.verification,
            wallet_processed=transfer.wallet_transaction_id is not None,
        )

    @override
    def topics(self) -> list[str]:
        return ["transfers", f"customer:{self.customer_phone}"]


@dataclass(frozen=True, kw_only=True)
class TransferAsked(Event):
    """Staff are asked whose transfer it is."""

    name: ClassVar[str] = "transfer.asked"
    id: int
    partial_phone: str
    unique_phones_count: int

    @override
    def topics(self) -> list[str]:
        return ["transfers"]


@dataclass(frozen=True, kw_only=True)
class TransferUpdated(Event):
    """A person did something with a transfer; `what` is the verb, such as `approve` or `hide`."""

    name: ClassVar[str] = "transfer.updated"
    id: int
    what: str
    verification_status: str
    match_method: str
    customer_id: int | None
    customer_phone: str | None
    wallet_processed: bool
    is_hidden: bool

    @classmethod
    def of(cls, transfer: BankTransfer, what: str) -> Self:
        """Tell of a transfer as it is now."""
        return cls(
            id=transfer.pk,
            what=what,
            verification_status=transfer.verification,
            match_method=transfer.match_method,
            customer_id=transfer.customer_id,
            customer_phone=transfer.customer.phone if transfer.customer else None,
            wallet_processed=transfer.wallet_transaction_id is not None,
            is_hidden=transfer.is_hidden,
        )

    @override
    def topics(self) -> list[str]:
        return ["transfers", *([f"customer:{self.customer_phone}"] if self.customer_phone else [])]
