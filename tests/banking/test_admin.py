"""The bank's screens: transfers narrowed and found, shown as they came, and changed by nobody."""

import json
import re
from datetime import date

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from banking.filters import days_meant
from banking.models import BankTransfer, Delivery, QrCode, Refusal
from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.roles import Role
from tests.factories.banking import delivery, post
from tests.factories.staff import logged_in

LIST = "/admin/banking/banktransfer/"
LIST_QUERIES = 8  # session, user, two for permissions, the menu's number, the event log's position, the banks, the page
DETAIL_QUERIES = 12  # see tests/banking/console/test_transfer.py

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    return logged_in(Role.VIEWER)


def arrive(*contents: str, **changes: object) -> None:
    for number, content in enumerate(contents, start=1):
        payload = delivery(content=content, **({"id": number, "referenceCode": f"FT{number:05}"} | changes))
        assert post(Client(), payload).json()["success"]


def contents(page: object) -> list[str]:
    """Return the contents in the list, oldest first."""
    return re.findall(r'n2-clip" title="(.*?)"', page.content.decode())[::-1]  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_list_costs_the_same_for_any_number_of_transfers(viewer, django_assert_num_queries, count):
    arrive(*(f"09{number:08} tien hang" for number in range(count)))

    with django_assert_num_queries(LIST_QUERIES):
        page = viewer.get(LIST)

    assert len(contents(page)) == count


def test_the_list_is_narrowed_by_what_became_of_a_transfer(viewer):
    arrive("0909318264 co chu", "khong ro ai")
    arrive("tra tien vai", id=9, transferType="out")

    by_owner = {owner: contents(viewer.get(LIST, {"owner": owner})) for owner in ("none", "linked", "out")}

    assert by_owner == {"none": ["khong ro ai"], "linked": ["0909318264 co chu"], "out": ["tra tien vai"]}
    assert contents(viewer.get(LIST, {"verification__exact": "AUTO_APPROVED"})) == ["0909318264 co chu"]


def test_the_list_is_narrowed_by_bank(viewer):
    arrive("a", gateway="ACB")
    arrive("b", id=2, gateway="MBBank")

    assert contents(viewer.get(LIST, {"bank": "MBBank"})) == ["b"]


@time_machine.travel("2026-01-16T17:30:00Z", tick=False)  # Half past midnight on the 17th in Vietnam.
def test_a_day_is_a_vietnam_day(viewer):
    arrive("dau ngay", id=1, transactionDate="2026-01-16 00:00:00")
    arrive("cuoi ngay", id=2, transactionDate="2026-01-16 23:59:59")
    arrive("ngay sau", id=3, transactionDate="2026-01-17 00:00:00")

    by_day = {day: contents(viewer.get(LIST, {"day": day})) for day in ("today", "yesterday", "2026-01-16")}

    assert by_day == {
        "today": ["ngay sau"],
        "yesterday": ["dau ngay", "cuoi ngay"],
        "2026-01-16": ["dau ngay", "cuoi ngay"],
    }


def test_a_day_that_is_none_narrows_nothing():
    assert days_meant("2026-02-30", today=date(2026, 1, 16)) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CHUYEN khoan", ["chuyen khoan ao"]),
        ("chuyển khoản", ["chuyen khoan ao"]),
        ("100%", ["giam 100% ao_dai"]),
        ("ao_d", ["giam 100% ao_dai"]),
        ("%", ["giam 100% ao_dai"]),
        ("_", ["giam 100% ao_dai"]),
        ("0909 318", ["0909318264 tien hang"]),
        ("FT00001", ["chuyen khoan ao"]),
        ("2", ["giam 100% ao_dai", "0909318264 tien hang"]),
        ("khong co", []),
    ],
)
def test_search_takes_text_literally_and_finds_phones_and_codes(viewer, text, found):
    arrive("chuyen khoan ao", "giam 100% ao_dai", "0909318264 tien hang", description="")

    assert sorted(contents(viewer.get(LIST, {"q": text}))) == sorted(found)


def test_amounts_have_a_sign_and_the_owner_is_a_link(viewer):
    arrive("0909318264 tien hang")
    arrive("tra tien vai", id=9, transferType="out", transferAmount=1_250_000)

    page = viewer.get(LIST).content.decode()

    assert "+350.000 ₫" in page
    assert "-1.250.000 ₫" in page
    assert f'href="/admin/customers/customer/{Customer.objects.get().pk}/change/"' in page


def test_what_a_customer_wrote_is_shown_and_never_run(viewer):
    arrive('<script>alert(1)</script> "><img src=x onerror=alert(2)>')
    transfer = BankTransfer.objects.get()

    for path in (LIST, f"{LIST}{transfer.pk}/change/", f"/admin/banking/delivery/{transfer.delivery_id}/change/"):
        page = viewer.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_detail_shows_what_came_how_it_was_matched_and_what_was_posted(viewer, django_assert_num_queries):
    body = json.dumps(delivery(), indent=1)
    for _ in range(3):
        post(Client(), body)
    transfer = BankTransfer.objects.get()
    ContentType.objects.get_for_model(BankTransfer)  # Remembered by every process after its first page.

    with django_assert_num_queries(DETAIL_QUERIES):
        page = viewer.get(f"{LIST}{transfer.pk}/change/").content.decode()

    assert all(text in page for text in ("&quot;gateway&quot;: &quot;ACB&quot;,", "Đủ số điện thoại", "0909318264"))
    assert f"/admin/wallets/transaction/{transfer.wallet_transaction_id}/change/" in page
    assert re.search(r">\s*2 · \d\d/", page), "two repeats"


@pytest.mark.parametrize("model", [BankTransfer, Delivery, Refusal])
def test_not_even_a_superuser_changes_what_the_bank_told(model):
    arrive("0909318264 tien hang")
    post(Client(), "{", HTTP_AUTHORIZATION="Apikey wrong")
    row, screen = model.objects.get(), f"/admin/banking/{model._meta.model_name}/"
    superuser = logged_in(None, superuser=True)

    refused = [
        superuser.post(path, {"post": "yes"}).status_code
        for path in (f"{screen}add/", f"{screen}{row.pk}/change/", f"{screen}{row.pk}/delete/")
    ]

    assert refused == [403, 403, 403]
    assert model.objects.count() == 1


@pytest.mark.parametrize("screen", ["banktransfer", "delivery", "refusal", "qrcode"])
def test_nobody_reads_them_without_a_role(screen):
    assert logged_in(None).get(f"/admin/banking/{screen}/").status_code == 403


def test_a_qr_code_is_added_by_the_owner_and_then_stays():
    customer, _ = get_or_create_customer(phone="0909318264", name="", by="test")
    owner, viewer = logged_in(Role.OWNER), logged_in(Role.VIEWER)
    given = {"code": " n2abcdefghjklmnpqr ", "customer": customer.pk}

    refused = viewer.post("/admin/banking/qrcode/add/", given).status_code
    owner.post("/admin/banking/qrcode/add/", given)
    again = owner.post("/admin/banking/qrcode/add/", given).content.decode()

    code = QrCode.objects.get()
    assert (refused, code.code, code.customer) == (403, "N2ABCDEFGHJKLMNPQR", customer)
    assert "errornote" in again or "đã tồn tại" in again
    assert owner.post(f"/admin/banking/qrcode/{code.pk}/delete/", {"post": "yes"}).status_code == 403
    assert owner.post(f"/admin/banking/qrcode/{code.pk}/change/", given).status_code == 403
