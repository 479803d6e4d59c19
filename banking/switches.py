"""What staff switch while the shop is open. Read where it counts: in the transaction that lets money in."""

from django.db import transaction
from django.utils import timezone

from banking.authority import Right, require
from banking.models import BankSetting
from n2store import audit
from n2store.roles import Caller

AUTO_APPROVE = "auto_approve_enabled"


def auto_approve() -> bool:
    """Tell whether what the rules are sure of is credited without the accountant; on unless switched off."""
    value = BankSetting.objects.filter(key=AUTO_APPROVE).values_list("value", flat=True).first()
    return value != "false"


@transaction.atomic
def set_auto_approve(*, caller: Caller, enabled: bool) -> None:
    """Switch automatic approval on or off, for the next transfer on; what waits for the accountant goes on waiting.

    Raises:
        MayNotHandle: the caller may not.
    """
    require(caller, Right.SWITCH)
    before = auto_approve()
    value = "true" if enabled else "false"
    BankSetting.objects.update_or_create(
        key=AUTO_APPROVE, defaults={"value": value, "updated_by": caller.name, "updated_at": timezone.now()}
    )
    audit.record(
        actor=caller.name,
        action="transfer.auto_approve",
        subject=f"setting:{AUTO_APPROVE}",
        before={"enabled": before},
        after={"enabled": enabled},
    )
