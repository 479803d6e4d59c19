"""What the app announces from Python; `sql/ensure.sql` announces `customer.created`."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from n2store.events import Event


@dataclass(frozen=True, kw_only=True)
class CustomerUpdated(Event):
    """Somebody changed the profile; `fields` names the columns."""

    name: ClassVar[str] = "customer.updated"
    customer_id: int
    phone: str
    fields: list[str]
    former_phone: str = ""

    @override
    def topics(self) -> list[str]:
        phones = [self.phone, self.former_phone] if self.former_phone else [self.phone]
        return ["customers", *(f"customer:{phone}" for phone in phones)]


@dataclass(frozen=True, kw_only=True)
class TierChanged(Event):
    """The customer moved to another tier."""

    name: ClassVar[str] = "customer.tier_changed"
    customer_id: int
    phone: str
    before: str
    after: str

    @override
    def topics(self) -> list[str]:
        return ["customers", f"customer:{self.phone}"]


@dataclass(frozen=True, kw_only=True)
class FraudCaseOpened(Event):
    """A rule found something."""

    name: ClassVar[str] = "fraud.case_opened"
    case_id: int
    customer_id: int
    phone: str
    rule: str
    severity: str

    @override
    def topics(self) -> list[str]:
        return ["customers", f"customer:{self.phone}"]


@dataclass(frozen=True, kw_only=True)
class FraudCaseDecided(Event):
    """A person has made up their mind on a case."""

    name: ClassVar[str] = "fraud.case_decided"
    case_id: int
    customer_id: int
    phone: str
    rule: str
    status: str

    @override
    def topics(self) -> list[str]:
        return ["customers", f"customer:{self.phone}"]
