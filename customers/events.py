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

    @override
    def topics(self) -> list[str]:
        return ["customers", f"customer:{self.phone}"]
