"""The pages of money: asked, shown with its effect, confirmed once; each deed only for those who may."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.staff import logged_in
from wallets.models import Command, CreditSource, CreditUse, Source, Transaction, VirtualCredit, Wallet
from wallets.operations import deposit, issue_credit, withdraw

pytestmark = pytest.mark.django_db

DEEDS = ["deposit", "withdraw", "pay_order", "issue_credit", "adjust"]
RIGHTS = {
    Role.OWNER: set(DEEDS),
    Role.ACCOUNTANT: set(DEEDS),
    Role.CUSTOMER_CARE: {"pay_order"},
    Role.WAREHOUSE: set(),
    Role.VIEWER: set(),
}
GIVEN: dict[str, dict[str, Any]] = {
    "deposit": {"amount": "150.000", "note": "Khách đưa tiền mặt"},
    "withdraw": {"amount": "150.000", "note": ""},
    "pay_order": {"amount": "150.000", "order": "NJD/2026/1", "note": ""},
    "issue_credit": {
        "amount": "150.000",
        "days": "15",
        "reason": "COMPENSATION",
        "ticket": "TV-2026-00001",
        "note": "",
    },
    "adjust": {"amount": "150.000", "direction": "take", "reason": "Nhập nhầm"},
}
AFTER = {"deposit": 350_000, "withdraw": 50_000, "pay_order": 50_000, "issue_credit": 200_000, "adjust": 50_000}


@pytest.fixture
def accountant() -> Client:
    return logged_in(Role.ACCOUNTANT)


def page_of(customer: Customer, deed: str) -> str:
    return f"/admin/wallets/wallet/of/{customer.pk}/{deed}/"


def pay_in(customer: Customer, amount_vnd: int = 200_000, key: str = "sepay:1") -> Transaction:
    return deposit(
        customer=customer, amount_vnd=amount_vnd, key=key, source=Source.BANK_TRANSFER, at=timezone.now(), by="sepay"
    )


def issue(customer: Customer, amount_vnd: int, key: str, days: float) -> VirtualCredit:
    return issue_credit(
        customer=customer, amount_vnd=amount_vnd, key=key, source_type=CreditSource.PROMOTION, at=timezone.now(),
        by="test", lifetime=timedelta(days=days),
    )  # fmt: skip


def spend(customer: Customer, amount_vnd: int, at: Any = None) -> None:
    withdraw(
        customer=customer, amount_vnd=amount_vnd, key="order:1", at=at or timezone.now(), by="test", note="",
        reference=("order", "1"),
    )  # fmt: skip


def hidden(page: Any) -> dict[str, str]:
    """Return the hidden fields of a page's form, as a browser sends them."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode())
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def shown(client: Client, page: str, given: dict[str, Any]) -> Any:
    """Open the form, fill it in and send it: return the page with the effect."""
    return client.post(page, hidden(client.get(page)) | given)


def confirmed(client: Client, page: str, effect: Any) -> Any:
    return client.post(page, hidden(effect) | {"confirm": "1"})


def real(customer: Customer) -> int:
    return Wallet.objects.get(customer=customer).real_vnd


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_shown_before_it_is_done_and_done_once(accountant, customer, deed):
    pay_in(customer)
    page = page_of(customer, deed)

    effect = shown(accountant, page, GIVEN[deed])
    untouched = real(customer)
    answers = [confirmed(accountant, page, effect) for _ in range(3)]

    assert (effect.status_code, untouched) == (200, 200_000)
    assert {answer.headers["Location"] for answer in answers} == {f"/admin/customers/customer/{customer.pk}/change/"}
    assert real(customer) == AFTER[deed]
    assert Command.objects.count() == 1
    assert Transaction.objects.latest("id").actor == "staff-accountant"


def test_the_effect_names_the_lots_that_give_and_the_real_money(accountant, customer):
    pay_in(customer)
    later, sooner = issue(customer, 100_000, "a", 9), issue(customer, 30_000, "b", 2)

    effect = shown(accountant, page_of(customer, "withdraw"), {"amount": "180 000", "note": ""}).context["effect"]

    assert [(lot.expires_at, lot.before_vnd, lot.after_vnd) for lot in effect.lots] == [
        (sooner.expires_at, 30_000, 0),
        (later.expires_at, 100_000, 0),
    ]
    assert (effect.real_before_vnd, effect.real_after_vnd) == (200_000, 150_000)
    assert (effect.virtual_before_vnd, effect.virtual_after_vnd) == (130_000, 0)


def test_what_the_effect_promised_is_what_is_done(accountant, customer):
    pay_in(customer)
    issue(customer, 30_000, "b", 2)
    page = page_of(customer, "withdraw")

    effect = shown(accountant, page, {"amount": "100.000", "note": ""})
    confirmed(accountant, page, effect)

    wallet = Wallet.objects.get(customer=customer)
    promised = effect.context["effect"]
    assert (wallet.real_vnd, wallet.virtual_vnd) == (promised.real_after_vnd, promised.virtual_after_vnd)


def test_credit_that_ran_out_is_not_counted_though_the_job_has_not_seen_it(accountant, customer):
    pay_in(customer)
    issue(customer, 30_000, "b", 1 / 86_400_000)

    effect = shown(accountant, page_of(customer, "withdraw"), {"amount": "100.000", "note": ""}).context["effect"]
    screen = accountant.get(f"/admin/customers/customer/{customer.pk}/change/")

    assert (effect.virtual_before_vnd, effect.lots) == (0, [])
    assert screen.context["panel"]["total_vnd"] == 200_000


def test_a_wallet_that_moved_meanwhile_is_shown_again_before_anything_is_done(accountant, customer):
    pay_in(customer)
    page = page_of(customer, "withdraw")
    effect = shown(accountant, page, GIVEN["withdraw"])
    pay_in(customer, 70_000, "sepay:2")

    again = confirmed(accountant, page, effect)
    before = real(customer)
    confirmed(accountant, page, again)

    assert (again.status_code, again.context["moved_on"], before) == (200, True, 270_000)
    assert again.context["effect"].real_after_vnd == real(customer) == 120_000


@pytest.mark.parametrize("text", ["", "0", "-5", "1,5", "1.5", "150k", "12.34.567", "1.0000", "abc", "١٥٠", "9" * 17])
def test_an_amount_is_never_guessed_at(accountant, customer, text):
    pay_in(customer)

    answer = shown(accountant, page_of(customer, "deposit"), {"amount": text, "note": ""})

    assert answer.status_code == 400
    assert answer.context["form"].errors["amount"]
    assert real(customer) == 200_000


@pytest.mark.parametrize("text", ["150000", "150.000", "150 000", " 150.000 ₫ ", "150.000đ", "150\u00a0000"])
def test_an_amount_is_understood_as_people_write_it(accountant, customer, text):
    effect = shown(accountant, page_of(customer, "deposit"), {"amount": text, "note": ""})

    assert (effect.context["amount_vnd"], effect.context["words"]) == (150_000, "150 nghìn đồng")


@pytest.mark.parametrize(
    ("amount", "said"),
    [("200.001", "không đủ"), ("60.000.000", "50.000.000 ₫"), ("100.000.001", "100.000.000 ₫")],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(accountant, customer, amount, said):
    pay_in(customer)

    answer = shown(accountant, page_of(customer, "withdraw"), {"amount": amount, "note": "tiền hàng"})

    text = answer.content.decode()
    assert answer.status_code in {400, 403}
    assert said in text
    assert f'value="{amount}"' in text
    assert "tiền hàng" in text
    assert AuditLog.objects.filter(outcome="refused", subject=f"customer:{customer.pk}").count() == 1
    assert real(customer) == 200_000


def test_nothing_is_taken_from_or_issued_to_somebody_on_the_blacklist(accountant, customer):
    pay_in(customer)
    deeds = ("withdraw", "pay_order", "issue_credit")
    seen = {deed: shown(accountant, page_of(customer, deed), GIVEN[deed]) for deed in deeds}
    Customer.objects.update(tier="blacklist")

    for deed in deeds:
        page = page_of(customer, deed)
        for answer in (
            accountant.get(page),
            accountant.post(page, GIVEN[deed] | {"key": "a"}),
            confirmed(accountant, page, seen[deed]),
        ):
            assert answer.status_code == 403
            assert "danh sách đen" in answer.content.decode().lower()
    assert real(customer) == 200_000


def test_a_key_that_was_spent_on_other_content_is_refused_and_replaced(accountant, customer):
    page = page_of(customer, "deposit")
    effect = shown(accountant, page, GIVEN["deposit"])
    confirmed(accountant, page, effect)

    back = hidden(effect) | {"amount": "999.000", "confirm": "1"}
    answer = accountant.post(page, back)

    assert answer.status_code == 409
    assert hidden(answer)["key"] != back["key"]
    assert real(customer) == 150_000


def test_changing_something_keeps_the_rest(accountant, customer):
    page = page_of(customer, "deposit")
    effect = shown(accountant, page, GIVEN["deposit"])

    form = accountant.post(page, hidden(effect) | {"change": "1"}).content.decode()

    assert 'value="150.000"' in form
    assert "Khách đưa tiền mặt" in form


@pytest.mark.parametrize("role", Role)
def test_each_role_does_what_it_may_and_nothing_else(customer, role):
    pay_in(customer)
    credit = issue(customer, 10_000, "c", 5)
    client = logged_in(role)
    row = Transaction.objects.get(type="DEPOSIT")
    others = [f"/admin/wallets/transaction/{row.pk}/reverse/", f"/admin/wallets/virtualcredit/{credit.pk}/cancel/"]
    before = Transaction.objects.count()

    pages = {page_of(customer, deed): deed in RIGHTS[role] for deed in DEEDS} | dict.fromkeys(
        others, role in {Role.OWNER, Role.ACCOUNTANT}
    )
    opened = {page: client.get(page).status_code == 200 for page in pages}
    sent = {page: client.post(page, {"key": "k", "confirm": "1"}).status_code != 403 for page in pages}
    buttons = re.findall(
        r'data-deed="(\w+)"', client.get(f"/admin/customers/customer/{customer.pk}/change/").content.decode()
    )

    assert opened == pages
    assert sent == pages
    assert set(buttons) == RIGHTS[role]
    assert Transaction.objects.count() == before


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_enters_a_deed_without_login_or_role(customer, deed):
    assert Client().get(page_of(customer, deed)).headers["Location"].startswith("/admin/login/")
    assert logged_in(None).post(page_of(customer, deed), GIVEN[deed]).status_code == 403


def test_a_form_from_elsewhere_is_refused(customer):
    client = logged_in(Role.ACCOUNTANT)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    answer = strict.post(page_of(customer, "deposit"), {"key": "k", "amount": "1000", "note": "", "confirm": "1"})

    assert answer.status_code == 403
    assert Transaction.objects.count() == 0


@pytest.mark.parametrize(
    "page", ["wallet/of/999999/deposit/", "transaction/999999/reverse/", "virtualcredit/999999/cancel/"]
)
def test_what_is_not_there_is_a_404(accountant, page):
    assert accountant.get(f"/admin/wallets/{page}").status_code == 404


def test_there_are_no_other_deeds(accountant, customer):
    assert accountant.get(page_of(customer, "steal")).status_code == 404


def test_the_limit_is_written_beside_the_amount(customer):
    assert "20.000.000 ₫" in logged_in(Role.CUSTOMER_CARE).get(page_of(customer, "pay_order")).content.decode()


def test_a_row_is_taken_back_once_with_a_reason_and_refills_the_lots(accountant, customer):
    pay_in(customer)
    lot = issue(customer, 30_000, "b", 2)
    spend(customer, 50_000)
    row = Transaction.objects.get(type="VIRTUAL_DEBIT")
    page = f"/admin/wallets/transaction/{row.pk}/reverse/"

    form = accountant.get(page)
    without = accountant.post(page, hidden(form) | {"reason": "  "})
    effect = accountant.post(page, hidden(form) | {"reason": "Khách trả hàng"})
    for _ in range(2):
        confirmed(accountant, page, effect)

    assert without.status_code == 400
    assert [(lot.before_vnd, lot.after_vnd) for lot in effect.context["effect"].lots] == [(0, 30_000)]
    assert "20.000 ₫" in effect.context["effect"].remarks[0]  # The real half of the withdrawal stays.
    lot.refresh_from_db()
    assert (lot.remaining_vnd, lot.status) == (30_000, "ACTIVE")
    assert Transaction.objects.filter(type="REVERSAL").count() == 1
    assert "Khách trả hàng" in Transaction.objects.get(type="REVERSAL").note


def test_taking_back_says_until_when_an_ended_lot_lives_again(accountant, customer):
    issue(customer, 30_000, "b", 2)
    spend(customer, 30_000)
    VirtualCredit.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    row = Transaction.objects.get(type="VIRTUAL_DEBIT")

    (refilled,) = accountant.get(f"/admin/wallets/transaction/{row.pk}/reverse/").context["effect"].lots

    assert "được dùng lại đến" in refilled.remark
    assert (refilled.before_vnd, refilled.after_vnd) == (0, 30_000)


def test_a_row_that_cannot_be_taken_back_says_so_at_once(accountant, customer):
    pay_in(customer)
    spend(customer, 150_000)
    paid = Transaction.objects.get(type="DEPOSIT")

    page = accountant.get(f"/admin/wallets/transaction/{paid.pk}/reverse/")

    assert page.context["hopeless"]
    assert "không đủ" in page.content.decode()


def test_only_an_untouched_lot_is_taken_back(accountant, customer):
    whole, touched = issue(customer, 30_000, "a", 9), issue(customer, 30_000, "b", 2)
    spend(customer, 10_000)
    pages = {lot: f"/admin/wallets/virtualcredit/{lot.pk}/cancel/" for lot in (whole, touched)}

    effect = shown(accountant, pages[whole], {"reason": "Cấp nhầm"})
    confirmed(accountant, pages[whole], effect)
    refused = accountant.get(pages[touched])

    assert VirtualCredit.objects.get(pk=whole.pk).status == "CANCELLED"
    assert refused.context["hopeless"]
    links = accountant.get(f"/admin/wallets/wallet/of/{customer.pk}/lots/").content.decode()
    assert pages[touched] not in links


def test_the_lots_that_end_soon_stand_out_and_ended_ones_come_on_demand(accountant, customer):
    issue(customer, 10_000, "a", 9)
    issue(customer, 20_000, "b", 2.5)
    issue(customer, 30_000, "c", 0.5)
    spend(customer, 30_000)
    page = f"/admin/wallets/wallet/of/{customer.pk}/lots/"

    first, all = (accountant.get(page, asked).context for asked in ({}, {"ended": "1"}))

    assert [(lot["left"], lot["soon"]) for lot in first["live"]] == [("còn 3 ngày", True), ("còn 9 ngày", False)]
    assert first["ended"] == []
    assert [(lot["status"], lot["original_vnd"]) for lot in all["ended"]] == [("USED", 30_000)]
    assert CreditUse.objects.count() == 1


def test_the_transaction_page_says_where_the_money_is_from(accountant, customer):
    row = pay_in(customer)

    page = accountant.get(f"/admin/wallets/transaction/{row.pk}/change/").content.decode()

    assert "200.000 ₫" in page
    assert "chuyển khoản" in page.lower()
