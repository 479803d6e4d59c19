"""Marks that staff put on rows for their own order: hidden, a name, ticks and notes. They move no money."""

from typing import Any

from django.db import transaction

from banking.authority import Right, require
from banking.desk.keeping import leave
from banking.desk.rows import locked
from banking.events import TransferUpdated
from banking.models import BankTransfer, Direction
from customers.operations import add_alias
from customers.profile import Faulty, clean_text
from n2store import audit
from n2store.errors import DomainError
from n2store.events import publish_many
from n2store.roles import Caller

NAME_LENGTH_MAX = 255
NOTE_LENGTH_MAX = 2_000
TICKS_MAX = 1_000


class InvalidLabel(DomainError):
    """A name or note is empty, too long, or no text."""

    code = "INVALID_LABEL"


@transaction.atomic
def set_hidden(*, caller: Caller, transfer_id: int, hidden: bool) -> BankTransfer:
    """Put the row among the confirmed ones of Live Mode, or take it out; a repeat changes nothing.

    Raises:
        MayNotHandle, TransferNotFound.
    """
    require(caller, Right.EDIT)
    return _mark(locked(transfer_id), caller, "hide" if hidden else "show", is_hidden=hidden)


@transaction.atomic
def set_display_name(*, caller: Caller, transfer_id: int, name: str, add_to_aliases: bool = False) -> BankTransfer:
    """Show this one row under another name; `add_to_aliases` lets its owner be found by the name too.

    Raises:
        MayNotHandle, TransferNotFound.
        InvalidLabel: the name is empty, too long, or no text.
    """
    require(caller, Right.EDIT)
    name = _text("name", name, length_max=NAME_LENGTH_MAX)
    if not name:
        raise InvalidLabel("Display name is required")
    transfer = _mark(locked(transfer_id), caller, "name", display_name=name)
    if add_to_aliases and transfer.customer is not None:
        add_alias(customer=transfer.customer, alias=name, by=caller.name)
    return transfer


@transaction.atomic
def set_checked(*, caller: Caller, transfer_id: int, checked: bool) -> BankTransfer:
    """Tick the row in the check list, or take the tick away.

    Raises:
        MayNotHandle, TransferNotFound.
    """
    require(caller, Right.EDIT)
    return _mark(locked(transfer_id), caller, "check", list_checked=checked)


@transaction.atomic
def set_verified(*, caller: Caller, transfer_id: int, verified: bool) -> BankTransfer:
    """Mark the row as verified in the check list, or not. It is no approval.

    Raises:
        MayNotHandle, TransferNotFound.
    """
    require(caller, Right.EDIT)
    return _mark(locked(transfer_id), caller, "verify", list_verified=verified)


@transaction.atomic
def set_list_note(*, caller: Caller, transfer_id: int, note: str) -> BankTransfer:
    """Write the row's note in the check list; an empty one takes it away.

    Raises:
        MayNotHandle, TransferNotFound.
        InvalidLabel: the note is too long, or no text.
    """
    require(caller, Right.EDIT)
    note = _text("note", note, length_max=NOTE_LENGTH_MAX)
    return _mark(locked(transfer_id), caller, "note", list_note=note)


@transaction.atomic
def mark_all_checked(*, caller: Caller, transfer_ids: list[int]) -> int:
    """Tick up to `TICKS_MAX` rows of the check list and return how many were not ticked before.

    Raises:
        MayNotHandle.
        InvalidLabel: too many rows at once.
    """
    require(caller, Right.EDIT)
    if len(transfer_ids) > TICKS_MAX:
        raise InvalidLabel(f"At most {TICKS_MAX} rows at a time")
    wanted = BankTransfer.objects.filter(pk__in=transfer_ids, direction=Direction.IN, list_checked=False)
    # See Note [A lock joins nothing].
    rows = list(wanted.select_for_update().prefetch_related("customer").order_by("pk"))
    BankTransfer.objects.filter(pk__in=[row.pk for row in rows]).update(list_checked=True)
    audit.record_many(
        actor=caller.name,
        action="transfer.check",
        changes=[(f"transfer:{row.pk}", {"list_checked": False}, {"list_checked": True}) for row in rows],
    )
    publish_many([TransferUpdated.of(row, "check") for row in rows])
    return len(rows)


def written(field: str, value: object) -> str:
    """Return what somebody wrote beside an act as it may be kept, without the space around it.

    Raises:
        InvalidLabel: it is too long, or no text.
    """
    return _text(field, value, length_max=NOTE_LENGTH_MAX)


def _mark(transfer: BankTransfer, caller: Caller, what: str, **fields: Any) -> BankTransfer:
    """Write the fields if they are news, and leave the traces of that."""
    before = {name: getattr(transfer, name) for name in fields}
    if before == fields:
        return transfer
    for name, value in fields.items():
        setattr(transfer, name, value)
    transfer.save(update_fields=list(fields))
    leave(transfer, caller, what, before=before, after=fields)
    return transfer


def _text(field: str, value: object, *, length_max: int) -> str:
    try:
        return clean_text(field, value, length_max=length_max)
    except Faulty as fault:
        raise InvalidLabel(str(fault)) from fault
