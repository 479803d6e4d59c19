"""Marks on rows: they move no money and change no state."""

from typing import Any

import pytest

from banking.authority import MayNotHandle
from banking.desk import labels
from banking.desk.errors import TransferNotFound
from banking.models import BankTransfer
from n2store.models import AuditLog, Event
from tests.banking.acting import CARE, HOA, WAREHOUSE, arrived, as_it_is
from wallets.models import Transaction

pytestmark = pytest.mark.django_db

VERBS: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
    (labels.set_hidden, {"hidden": True}, {"is_hidden": True}),
    (labels.set_display_name, {"name": " Hoa NT "}, {"display_name": "Hoa NT"}),
    (labels.set_checked, {"checked": True}, {"list_checked": True}),
    (labels.set_verified, {"verified": True}, {"list_verified": True}),
    (labels.set_list_note, {"note": "đã gọi"}, {"list_note": "đã gọi"}),
]


@pytest.mark.parametrize(("verb", "given", "fields"), VERBS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_mark_is_kept_told_and_logged_once(verb: Any, given: dict[str, Any], fields: dict[str, Any]) -> None:
    transfer = arrived(f"{HOA} ck")
    before = as_it_is(transfer)

    marked = verb(caller=CARE, transfer_id=transfer.pk, **given)
    verb(caller=CARE, transfer_id=transfer.pk, **given)

    [(name, value)] = fields.items()
    assert getattr(marked, name) == getattr(BankTransfer.objects.get(), name) == value
    assert (as_it_is(transfer), Transaction.objects.count()) == (before, 1)
    audit = AuditLog.objects.get(subject=f"transfer:{transfer.pk}")
    assert (audit.actor, audit.after) == ("lan", fields)
    assert Event.objects.filter(name="transfer.updated").count() == 1
    with pytest.raises(MayNotHandle):
        verb(caller=WAREHOUSE, transfer_id=transfer.pk, **given)
    with pytest.raises(TransferNotFound):
        verb(caller=CARE, transfer_id=0, **given)


def test_a_hidden_row_says_so_in_its_event() -> None:
    labels.set_hidden(caller=CARE, transfer_id=arrived().pk, hidden=True)

    told = Event.objects.latest("id").payload
    assert (told["what"], told["is_hidden"]) == ("hide", True)


def test_a_shown_name_can_become_one_of_the_customers() -> None:
    transfer = arrived(f"{HOA} ck")

    labels.set_display_name(caller=CARE, transfer_id=transfer.pk, name="Hoa NT", add_to_aliases=True)
    labels.set_display_name(caller=CARE, transfer_id=arrived().pk, name="Ai đó", add_to_aliases=True)

    assert transfer.customer.__class__.objects.get().aliases == ["Hoa NT"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 256, "a\x00b", 5])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    with pytest.raises(labels.InvalidLabel):
        labels.set_display_name(caller=CARE, transfer_id=arrived().pk, name=name)


def test_many_rows_are_ticked_at_once() -> None:
    rows = [arrived().pk for _ in range(3)]
    out = arrived(transferType="out").pk
    labels.set_checked(caller=CARE, transfer_id=rows[0], checked=True)

    assert labels.mark_all_checked(caller=CARE, transfer_ids=[*rows, out, 0, rows[1]]) == 2
    assert BankTransfer.objects.filter(list_checked=True).count() == 3
    assert labels.mark_all_checked(caller=CARE, transfer_ids=[]) == 0
    with pytest.raises(labels.InvalidLabel):
        labels.mark_all_checked(caller=CARE, transfer_ids=list(range(labels.TICKS_MAX + 1)))
