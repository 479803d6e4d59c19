"""Several people press the same button at once: one wins, the others read so."""

import pytest
from django.test import Client
from django.utils import timezone

from banking.models import Undo, UndoStatus
from n2store.roles import Role
from tests.banking.console.rows import linked, person
from tests.factories.staff import logged_in
from tests.threads import at_once
from wallets.models import Wallet
from wallets.operations import withdraw

pytestmark = pytest.mark.django_db(transaction=True)

BASE = "/admin/banking/banktransfer"


def test_many_second_people_confirm_at_once():
    hoa = person()
    transfer = linked(hoa)
    asking, owner = logged_in(Role.ACCOUNTANT), logged_in(Role.OWNER)
    asking.post(f"{BASE}/{transfer.pk}/approve/")
    withdraw(
        customer=hoa, amount_vnd=200_000, key="order:1", at=timezone.now(), by="test", note="", reference=("order", "1")
    )
    asking.post(f"{BASE}/{transfer.pk}/undo/", {"reason": "Gán nhầm khách"})
    undo = Undo.objects.get()

    def confirm(_: int) -> int:
        other = Client()
        other.cookies = owner.cookies
        return other.post(f"{BASE}/undo/{undo.pk}/", {"confirm": "1"}).status_code

    answers = at_once(confirm, range(8))

    undo.refresh_from_db()
    assert sorted(answers) == [302] + [409] * 7
    assert (undo.status, Wallet.objects.get(customer=hoa).real_vnd) == (UndoStatus.DONE, 0)
