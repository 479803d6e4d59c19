"""Whose transfers carry which code."""

import re

import pytest
from pytest_django import Settings

from banking.authority import MayNotHandle
from banking.desk.codes import InvalidCode, issue_code, map_code
from banking.desk.undo import undo
from banking.models import QrCode
from banking.operations import QrCodeTaken
from customers.phones import InvalidPhone
from n2store.models import AuditLog
from n2store.roles import Caller, Role
from tests.banking.acting import ACCOUNTANT, CARE, HOA, NAM, WAREHOUSE, arrived, as_it_is, known, real_vnd

pytestmark = pytest.mark.django_db
QR = "N2M5K8H2P9Q3R7T1AB"


def test_a_mapped_code_credits_the_next_transfer_that_carries_it() -> None:
    """W12."""
    mapped, customer = map_code(caller=CARE, code=f" {QR.lower()} ", phone=HOA, name="Chị Hoa")

    assert (mapped.code, customer.phone, customer.name) == (QR, HOA, "Chị Hoa")
    assert as_it_is(arrived(f"ck {QR}")) == ("AUTO_APPROVED", HOA, "qr_code", True)
    assert AuditLog.objects.get(action="transfer.code").after == {"code": QR, "phone": HOA}


def test_what_waited_for_the_code_finds_its_owner() -> None:
    waiting, other = arrived(f"{QR.lower()} ck"), arrived("chuyen tien")

    map_code(caller=ACCOUNTANT, code=QR, phone=HOA)

    assert as_it_is(waiting) == ("AUTO_APPROVED", HOA, "qr_code", True)
    assert as_it_is(other)[1] is None
    assert real_vnd(HOA) == 350_000


def test_money_that_is_here_already_waits_for_who_may_let_it_in() -> None:
    waiting = arrived(f"{QR} ck")

    map_code(caller=CARE, code=QR, phone=HOA)

    assert as_it_is(waiting) == ("PENDING_VERIFICATION", HOA, "qr_code", False)
    assert real_vnd(HOA) == 0


def test_what_was_taken_back_is_left_to_people() -> None:
    map_code(caller=CARE, code=QR, phone=HOA)
    transfer = arrived(QR)
    undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm")

    map_code(caller=CARE, code=QR, phone=HOA)

    assert as_it_is(transfer)[1] is None


def test_a_repeat_is_fine_and_another_owner_needs_the_right(settings: Settings) -> None:
    settings.BANK_RIGHTS = settings.BANK_RIGHTS | {"viewer": ["link"]}
    linker = Caller(name="xem", roles=frozenset({Role.VIEWER}))
    map_code(caller=linker, code=QR, phone=HOA)
    map_code(caller=linker, code=QR, phone="+84909318264")

    with pytest.raises(QrCodeTaken):
        map_code(caller=linker, code=QR, phone=NAM)
    assert QrCode.objects.get().customer.phone == HOA

    map_code(caller=ACCOUNTANT, code=QR, phone=NAM)
    assert QrCode.objects.get().customer.phone == NAM
    assert AuditLog.objects.filter(action="transfer.code").latest("id").before == {"code": QR, "phone": HOA}


@pytest.mark.parametrize("code", ["", " ", "N2 M5", "x" * 101, "a\x00", "<b>"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(InvalidCode):
        map_code(caller=CARE, code=code, phone=HOA)
    with pytest.raises(InvalidPhone):
        map_code(caller=CARE, code=QR, phone="abc")
    assert QrCode.objects.count() == 0


def test_an_issued_code_is_new_and_readable() -> None:
    hoa = known(HOA)

    first, second = (issue_code(caller=CARE, customer=hoa) for _ in range(2))

    assert first.code != second.code
    assert re.fullmatch(r"N2[A-Z0-9]{16}", first.code)
    assert as_it_is(arrived(f"{first.code} ck"))[1] == HOA
    with pytest.raises(MayNotHandle):
        issue_code(caller=WAREHOUSE, customer=hoa)
