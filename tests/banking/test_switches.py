"""What staff switch while the shop is open."""

import pytest

from banking import switches
from banking.authority import MayNotHandle
from banking.models import BankSetting
from n2store.models import AuditLog
from tests.banking.acting import ACCOUNTANT, CARE

pytestmark = pytest.mark.django_db


def test_automatic_approval_is_on_until_it_is_switched_off() -> None:
    assert switches.auto_approve() is True
    BankSetting.objects.all().delete()
    assert switches.auto_approve() is True

    switches.set_auto_approve(caller=ACCOUNTANT, enabled=False)

    assert switches.auto_approve() is False
    assert BankSetting.objects.values_list("value", "updated_by").get() == ("false", "ketoan")
    audit = AuditLog.objects.get()
    assert (audit.actor, audit.before, audit.after) == ("ketoan", {"enabled": True}, {"enabled": False})


def test_who_may_switch() -> None:
    with pytest.raises(MayNotHandle):
        switches.set_auto_approve(caller=CARE, enabled=False)
    assert switches.auto_approve() is True
