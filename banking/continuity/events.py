"""What the watch announces: incidents of an account that were opened, changed or closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from banking.models import Incident
from n2store.events import Event, publish

NAMED_MAX = 50


@dataclass(frozen=True, kw_only=True)
class IncidentsChanged(Event):
    """Incidents of one account changed; `incidents` names at most 50 of `count`."""

    name: ClassVar[str] = "bank.incident"
    account_number: str
    count: int
    incidents: list[dict[str, object]]

    @override
    def topics(self) -> list[str]:
        return ["transfers"]


def announce(account_number: str, changed: Sequence[Incident]) -> None:
    """Tell of the incidents that changed, if any did, with the change."""
    if changed:
        told: list[dict[str, object]] = [
            {"id": one.pk, "status": one.status, "missing": one.missing_vnd, "after_id": one.after_id}
            for one in changed[:NAMED_MAX]
        ]
        publish(IncidentsChanged(account_number=account_number, count=len(changed), incidents=told))
