"""Each row of the ledger says in a sentence where its money came from or went."""

from datetime import timedelta

import pytest
from django.test import Client

from banking.models import BankTransfer
from customers.models import Customer
from tests.factories.banking import delivery, post
from tests.wallets.test_credit import DAY, NOON, issue, pay_in, spend
from wallets.models import Source, Transaction
from wallets.operations import adjust, cancel_credit, deposit, expire_credits, reverse, withdraw
from wallets.receipts import receipt, receipts_of

pytestmark = pytest.mark.django_db


def told(language: str = "vi", **which: object) -> str:
    return receipt(Transaction.objects.get(**which), language=language)


def test_a_bank_transfer_tells_bank_moment_code_and_how_its_owner_was_found() -> None:
    assert post(Client(), delivery()).json()["success"]

    assert told() == (
        "Khách chuyển khoản 350.000 ₫ qua ACB lúc 16/01/2026 14:02 (mã FT26016000111222), do SePay báo,"
        " tự động khớp theo số điện thoại"
    )
    assert told("en") == (
        "The customer transferred 350,000 ₫ through ACB at 16/01/2026 14:02 (code FT26016000111222), told by SePay,"
        " matched automatically by the phone number"
    )


def test_a_bank_transfer_that_a_person_assigned_says_who_did(customer: Customer) -> None:
    post(Client(), delivery())
    BankTransfer.objects.update(
        match_method="manual_link", verified_by="Lan", verification="APPROVED", reference_code=""
    )

    assert told() == "Khách chuyển khoản 350.000 ₫ qua ACB lúc 16/01/2026 14:02, do SePay báo, do Lan gán cho khách"


def test_a_bank_transfer_whose_notice_is_gone_is_told_from_its_row(customer: Customer) -> None:
    pay_in(customer, 350_000, reference=("balance_history", "41"), note="Nạp từ CK")

    assert told() == "Chuyển khoản 350.000 ₫, do test nhập (41): Nạp từ CK"


def test_money_put_in_by_people_tells_who_and_why(customer: Customer) -> None:
    given = {"customer": customer, "amount_vnd": 350_000, "at": NOON, "by": "Lan"}
    deposit(key="a", source=Source.MANUAL_ADJUSTMENT, note="Thu tại shop", **given)
    deposit(key="b", source=Source.RETURN_GOODS, reference=("manual", "TV-2026-00012"), **given)

    assert told(key="a") == "Nạp tay 350.000 ₫, do Lan nhập: Thu tại shop"
    assert told(key="b") == "Hoàn 350.000 ₫ cho hàng trả về, do Lan nhập (TV-2026-00012)"
    assert told("en", key="a") == "350,000 ₫ put in by hand by Lan: Thu tại shop"


def test_virtual_credit_tells_its_ticket_or_reason_and_until_when(customer: Customer) -> None:
    issue(customer, 100_000, "a", ticket="TV-2026-00012", by="Lan")
    issue(customer, 20_000, "b", by="Lan", lifetime=DAY)

    assert told(key="a") == "Công nợ ảo 100.000 ₫ từ phiếu TV-2026-00012 do Lan cấp, hết hạn 31/01/2026"
    assert told(key="b") == "Công nợ ảo 20.000 ₫ (Hàng thu về qua đơn vị vận chuyển) do Lan cấp, hết hạn 17/01/2026"


def test_both_rows_of_a_spend_tell_the_whole_of_it(customer: Customer) -> None:
    pay_in(customer, 100_000)
    sooner, later = issue(customer, 30_000, "a", days=2), issue(customer, 20_000, "b", days=3)
    spend(customer, 80_000)

    expected = (
        f"Trừ 80.000 ₫ cho đơn NJD/2026/1: 30.000 ₫ công nợ ảo (lô {sooner.pk}),"
        f" 20.000 ₫ công nợ ảo (lô {later.pk}) và 30.000 ₫ tiền thật"
    )
    assert {told(type="VIRTUAL_DEBIT"), told(type="WITHDRAW")} == {expected}


def test_money_taken_out_by_hand_tells_who_and_why(customer: Customer) -> None:
    pay_in(customer, 100_000)
    withdraw(
        customer=customer, amount_vnd=80_000, key="hand", at=NOON, by="Lan", note="Khách rút", reference=("manual", "")
    )

    assert told(key="hand") == "Rút 80.000 ₫, do Lan thực hiện: 80.000 ₫ tiền thật (Khách rút)"


def test_endings_corrections_and_takings_back_name_what_they_are_about(customer: Customer) -> None:
    posted = pay_in(customer, 100_000)
    gone, cancelled = issue(customer, 50_000, "a", days=2), issue(customer, 20_000, "b", days=9)
    expire_credits(at=NOON + 3 * DAY, wallets_max=10)
    cancel_credit(credit=cancelled, reason="Xóa phiếu", at=NOON, by="Lan")
    adjust(customer=customer, amount_vnd=-5_000, key="c", reason="Kiểm kê", at=NOON, by="Lan")
    adjust(customer=customer, amount_vnd=5_000, key="d", reason="Kiểm kê", at=NOON, by="Lan")
    reverse(posted=posted, reason="Nhầm khách", at=NOON, by="Lan")

    assert told(type="VIRTUAL_EXPIRE") == f"Công nợ ảo 50.000 ₫ (lô {gone.pk}) hết hạn lúc 18/01/2026 12:00"
    assert told(type="VIRTUAL_CANCEL") == f"Công nợ ảo 20.000 ₫ (lô {cancelled.pk}) bị Lan thu hồi: Xóa phiếu"
    assert told(key="c") == "Điều chỉnh số dư -5.000 ₫, do Lan thực hiện: Kiểm kê"
    assert told(key="d") == "Điều chỉnh số dư +5.000 ₫, do Lan thực hiện: Kiểm kê"
    assert told(type="REVERSAL") == "Hoàn tác dòng số 1 (Nạp tiền +100.000 ₫), do Lan thực hiện: Nhầm khách"
    assert told(type="DEPOSIT") == "Chuyển khoản 100.000 ₫, do test nhập. Đã hoàn tác bởi dòng số 8"


def test_a_page_of_receipts_costs_the_same_queries_for_any_number_of_rows(
    customer: Customer, django_assert_num_queries
) -> None:
    for number in range(6):
        post(Client(), delivery(id=1 + number))
        issue(customer, 50_000, f"i{number}", at=NOON + number * DAY, days=3)
        spend(customer, 100_000 + number, f"o{number}", NOON + number * DAY)
        reverse(posted=Transaction.objects.get(key=f"o{number}", type="WITHDRAW"), reason="x", at=NOON, by="Lan")
    expire_credits(at=NOON + timedelta(days=40), wallets_max=10)
    rows = list(Transaction.objects.order_by("sequence"))
    assert {row.type for row in rows} >= {"DEPOSIT", "VIRTUAL_CREDIT", "VIRTUAL_DEBIT", "WITHDRAW", "REVERSAL"}

    for count in (5, len(rows)):
        with django_assert_num_queries(6):  # transfers, spends, uses, lots, what was taken back, by what
            assert len(receipts_of(rows[:count])) == count
    with django_assert_num_queries(0):
        assert receipts_of([]) == {}
