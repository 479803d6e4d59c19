"""A transfer's own page and the deeds at it: asked, shown with their effect, confirmed, and taken back."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from banking.models import BankTransfer, TransferAdjustment, Undo, UndoStatus, Verification
from customers.models import Customer
from n2store.roles import Role
from tests.banking.console.rows import HOSTILE, arrived, asked, linked, payer, person
from tests.factories.staff import logged_in
from wallets.models import Transaction, Wallet
from wallets.operations import withdraw

pytestmark = pytest.mark.django_db

BASE = "/admin/banking/banktransfer"
QUERIES = 12
"""The four of every request, the menu's numbers, the roles, the transfer, its question, its undos, the decisions, the
adjustment, and the incident that it healed."""


@pytest.fixture
def accountant() -> Client:
    return logged_in(Role.ACCOUNTANT)


@pytest.fixture
def owner() -> Client:
    return logged_in(Role.OWNER)


def page_of(transfer: BankTransfer, act: str = "change") -> str:
    return f"{BASE}/{transfer.pk}/{act}/"


def hidden(page: Any) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode())
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def approved(client: Client, customer: Customer, amount_vnd: int = 350_000) -> BankTransfer:
    transfer = linked(customer, amount_vnd=amount_vnd)
    client.post(page_of(transfer, "approve"), {"waited": "review"})
    transfer.refresh_from_db()
    assert transfer.wallet_transaction_id
    return transfer


def real(customer: Customer) -> int:
    return Wallet.objects.get(customer=customer).real_vnd


def spend(customer: Customer, amount_vnd: int) -> None:
    withdraw(
        customer=customer, amount_vnd=amount_vnd, key=f"order:{amount_vnd}", at=timezone.now(), by="test", note="",
        reference=("order", "1"),
    )  # fmt: skip


class TestPage:
    @pytest.mark.parametrize("count", [1, 3, 20])
    def test_it_costs_the_same_whatever_its_history(self, accountant, django_assert_num_queries, count):
        people = [person(f"09093182{number:02}") for number in range(count)]
        transfer = asked(*people)
        for _ in range(count):
            transfer.decisions.create(verdict="skipped", actor="lan")

        with django_assert_num_queries(QUERIES):
            page = accountant.get(page_of(transfer))

        assert len(page.context["decisions"]) == count + 1

    def test_it_tells_every_decision_with_its_evidence(self, accountant):
        hoa = person()
        transfer = asked(hoa, person("0987318264", "Mai"))
        accountant.post(page_of(transfer, "choose"), {"phone": hoa.phone, "waited": "question"})

        page = accountant.get(page_of(transfer)).content.decode()

        verdicts = re.findall(r'data-verdict="(\w+)"', page)
        assert verdicts[-1] == "asked"
        assert len(verdicts) > 1
        assert all(text in page for text in ("hệ thống", "staff-accountant", "tự động từ 80 điểm", "0987318264"))
        assert "Đã cộng 350.000 ₫ vào ví của Chị Hoa." in page

    def test_what_strangers_wrote_is_shown_harmless(self, accountant):
        transfer = arrived(HOSTILE, display_name=HOSTILE, payer_name=HOSTILE, description=HOSTILE)

        page = accountant.get(page_of(transfer)).content.decode()

        assert "<script>alert" not in page
        assert "<img src=x" not in page

    @pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.VIEWER])
    def test_who_only_looks_sees_no_buttons(self, role, accountant):
        transfers = [approved(accountant, person()), linked(person()), asked(person())]
        client = logged_in(role)

        acts = [re.findall(rf'="{BASE}/\d+/(\w+)/', client.get(page_of(row)).content.decode()) for row in transfers]

        assert {act for found in acts for act in found} <= {"change"}

    def test_names_and_marks_are_kept(self, accountant):
        transfer = linked(person())

        accountant.post(page_of(transfer, "name"), {"name": "Hoa NT"})
        accountant.post(page_of(transfer, "hide"), {"hidden": "1"})
        nameless = accountant.post(page_of(transfer, "name"), {"name": ""})

        transfer.refresh_from_db()
        assert (transfer.display_name, transfer.is_hidden) == ("Hoa NT", True)
        assert nameless.headers["Location"] == page_of(transfer)
        assert "Hoa NT" in accountant.get(page_of(transfer)).content.decode()

    def test_what_is_not_there_is_a_404(self, accountant):
        for address in ("999999", "9" * 40, "abc"):
            assert accountant.get(f"{BASE}/{address}/change/").status_code == 404


class TestLink:
    def test_the_person_is_shown_before_anything_is_linked(self, accountant):
        hoa, transfer = person(), arrived()
        page = page_of(transfer, "link")

        shown = accountant.get(page, {"phone": "+84 909 318 264", "credit": "on", "back": "queue"})
        untouched = BankTransfer.objects.get().customer
        answers = [accountant.post(page, hidden(shown) | {"confirm": "1"}) for _ in range(2)]

        transfer.refresh_from_db()
        assert untouched is None
        assert shown.context["owner"] == hoa
        assert (shown.context["real_before_vnd"], shown.context["real_after_vnd"]) == (0, 350_000)
        assert (transfer.customer, transfer.verification, real(hoa)) == (hoa, Verification.APPROVED, 350_000)
        assert answers[0].headers["Location"] == f"{BASE}/queue/?done={transfer.pk}"
        assert Transaction.objects.count() == 1

    def test_somebody_new_is_said_to_be_new(self, accountant):
        transfer = arrived()
        page = page_of(transfer, "link")

        shown = accountant.post(page, {"phone": "0909318264", "name": "Chị Hoa", "waited": "nobody"})
        accountant.post(page, hidden(shown) | {"confirm": "1"})

        transfer.refresh_from_db()
        assert "Sẽ thêm khách mới" in shown.content.decode()
        assert transfer.customer is not None
        assert transfer.customer.name == "Chị Hoa"
        assert transfer.verification == Verification.PENDING_VERIFICATION

    def test_customer_care_links_without_money_whatever_the_form_says(self):
        hoa, transfer, care = person(), arrived(), logged_in(Role.CUSTOMER_CARE)
        page = page_of(transfer, "link")

        shown = care.post(page, {"phone": hoa.phone, "credit": "on", "waited": "nobody"})
        care.post(page, hidden(shown) | {"confirm": "1", "credit": "on"})

        transfer.refresh_from_db()
        assert "chờ kế toán duyệt" in shown.content.decode()
        assert (transfer.customer, transfer.verification) == (hoa, Verification.PENDING_VERIFICATION)
        assert real(hoa) == 0

    @pytest.mark.parametrize("phone", ["", "12", "abc", "0909 318 26", "<b>"])
    def test_what_is_no_phone_is_said(self, accountant, phone):
        answer = accountant.post(page_of(arrived(), "link"), {"phone": phone, "waited": "nobody"})

        assert answer.status_code == 400
        assert "<b>" not in answer.content.decode()
        assert BankTransfer.objects.get().customer is None

    def test_the_accountant_gives_it_to_another_customer(self, accountant):
        mai, transfer = person("0987318264", "Mai"), linked(person())
        page = page_of(transfer, "link")

        shown = accountant.post(page, hidden(accountant.get(page)) | {"phone": mai.phone, "credit": "on"})
        accountant.post(page, hidden(shown) | {"confirm": "1"})

        transfer.refresh_from_db()
        assert (transfer.customer, real(mai)) == (mai, 350_000)

    def test_an_owner_given_meanwhile_is_not_replaced_unseen(self, accountant):
        hoa, mai, transfer = person(), person("0987318264", "Mai"), arrived()
        page = page_of(transfer, "link")
        shown = accountant.get(page, {"phone": mai.phone, "credit": "on"})
        BankTransfer.objects.update(customer=hoa, verification=Verification.PENDING_VERIFICATION)

        answer = accountant.post(page, hidden(shown) | {"confirm": "1"})

        assert BankTransfer.objects.get().customer == hoa
        assert "Đã gán cho Chị Hoa" in accountant.get(answer.headers["Location"]).content.decode()

    def test_one_that_is_settled_says_so(self, accountant):
        transfer = approved(accountant, person())

        page = accountant.get(page_of(transfer, "link"))

        assert "Đã được xử lý" in page.content.decode() or "Đã có người xử lý" in page.content.decode()

    def test_a_known_payer_is_offered_and_never_linked_by_itself(self, accountant):
        hoa = person()
        payer(hoa)
        transfer = arrived(payer_account="0071000123456")

        page = accountant.get(f"{BASE}/queue/{transfer.pk}/").content.decode()

        assert f"{page_of(transfer, 'link')}?phone={hoa.phone}" in page
        assert BankTransfer.objects.get().customer is None


class TestUndo:
    def test_the_effects_are_listed_and_then_it_is_taken_back_with_the_money(self, accountant):
        hoa = person()
        transfer = approved(accountant, hoa)
        page = page_of(transfer, "undo")

        asks = accountant.get(page)
        without = accountant.post(page, {"reason": " "})
        before = real(hoa)
        answers = [accountant.post(page, {"reason": "Gán nhầm khách"}) for _ in range(2)]

        transfer.refresh_from_db()
        effects = asks.context["effects"]
        assert (effects.real_now_vnd, effects.real_after_vnd, effects.shortfall_vnd) == (350_000, 0, 0)
        assert all(line in asks.content.decode() for line in effects.lines[:1])
        assert (without.status_code, before, real(hoa)) == (400, 350_000, 0)
        assert (transfer.customer, transfer.wallet_transaction, transfer.verification) == (None, None, "PENDING")
        assert answers[0].headers["Location"] == page_of(transfer)
        assert Transaction.objects.count() == 2

    def test_where_it_waits_again_stands_from_whom_it_was_taken_back(self, accountant):
        hoa, other = person(), person("0987318264", "Chị Mai")
        transfer = approved(accountant, hoa)
        queue, link = f"{BASE}/queue/{transfer.pk}/", page_of(transfer, "link")
        accountant.post(page_of(transfer, "undo"), {"reason": "Gán nhầm khách"})

        waits = accountant.get(queue).content.decode()
        same, another = (accountant.get(link, {"phone": one.phone}).content.decode() for one in (hoa, other))

        said = f"đã thu lại giao dịch này từ Chị Hoa ({hoa.phone})"
        assert [said in page for page in (waits, same, another)] == [True, True, False]
        assert "Gán nhầm khách" in waits
        assert "Không tìm thấy khách nào" not in waits
        accountant.post(link, {"phone": other.phone, "confirm": "1"})
        assert said not in accountant.get(queue).content.decode()

    def test_spent_money_waits_for_a_second_person(self, accountant, owner):
        hoa = person()
        transfer = approved(accountant, hoa)
        spend(hoa, 200_000)

        asks = accountant.get(page_of(transfer, "undo")).content.decode()
        answer = accountant.post(page_of(transfer, "undo"), {"reason": "Gán nhầm khách"})
        undo = Undo.objects.get()
        own = accountant.get(f"{BASE}/undo/{undo.pk}/")
        refused = accountant.post(f"{BASE}/undo/{undo.pk}/", {"confirm": "1"})
        waits = real(hoa)
        other = owner.get(f"{BASE}/undo/{undo.pk}/")
        listed = owner.get(f"{BASE}/undo/").content.decode()
        done = [owner.post(f"{BASE}/undo/{undo.pk}/", hidden(other) | {"confirm": "1"}) for _ in range(2)]

        undo.refresh_from_db()
        assert "200.000 ₫" in asks
        assert answer.headers["Location"] == f"{BASE}/undo/"
        assert 'name="confirm"' not in own.content.decode()
        assert (refused.status_code, waits) == (403, 150_000)
        assert 'name="confirm"' in other.content.decode()
        assert f"{BASE}/undo/{undo.pk}/" in listed
        assert (undo.status, undo.confirmed_by, real(hoa)) == (UndoStatus.DONE, "staff-owner", 0)
        assert [answer.status_code for answer in done] == [302, 409]

    def test_the_one_who_asked_withdraws_it(self, accountant):
        hoa = person()
        transfer = approved(accountant, hoa)
        spend(hoa, 200_000)
        accountant.post(page_of(transfer, "undo"), {"reason": "Gán nhầm khách"})
        undo = Undo.objects.get()

        accountant.post(f"{BASE}/undo/{undo.pk}/", {"withdraw": "1"})

        undo.refresh_from_db()
        assert (undo.status, real(hoa)) == (UndoStatus.WITHDRAWN, 150_000)

    @pytest.mark.parametrize("role", [Role.CUSTOMER_CARE, Role.WAREHOUSE, Role.VIEWER])
    def test_who_may_not_is_refused_and_sees_no_button(self, accountant, role):
        hoa = person()
        transfer = approved(accountant, hoa)
        client = logged_in(role)

        assert client.get(page_of(transfer, "undo")).status_code == 403
        assert client.post(page_of(transfer, "undo"), {"reason": "x"}).status_code == 403
        assert "/undo/" not in client.get(f"/admin/customers/customer/{hoa.pk}/change/").content.decode().replace(
            f'href="{BASE}/undo/"', ""
        )
        assert real(hoa) == 350_000

    def test_what_was_not_credited_says_so(self, accountant):
        page = accountant.get(page_of(arrived(), "undo"))

        assert page.status_code in {400, 404, 409}
        assert '<form method="post" class="n2-form"' not in page.content.decode()


class TestAdjust:
    def given(self, **changes: str) -> dict[str, str]:
        return {"kind": "debit_only", "amount": "", "phone": "", "reason": "Chuyển nhầm số tiền"} | changes

    def test_both_wallets_are_shown_and_then_the_money_goes_over(self, accountant):
        hoa, mai = person(), person("0987318264", "Mai")
        transfer = approved(accountant, hoa)
        page = page_of(transfer, "adjust")
        given = self.given(kind="transfer_to_correct", phone="0987 318 264")

        shown = accountant.post(page, given)
        untouched = TransferAdjustment.objects.count()
        answers = [accountant.post(page, hidden(shown) | {"confirm": "1"}) for _ in range(2)]

        effect = [(one["before_vnd"], one["after_vnd"]) for one in shown.context["effect"]]
        assert (effect, untouched) == ([(350_000, 0), (0, 350_000)], 0)
        assert (real(hoa), real(mai), TransferAdjustment.objects.count()) == (0, 350_000, 1)
        assert answers[0].headers["Location"] == page_of(transfer)
        assert "đã được điều chỉnh" in answers[1].content.decode()

    @pytest.mark.parametrize(
        "changes",
        [
            {"reason": "ngắn"},
            {"kind": "transfer_to_correct"},
            {"kind": "steal"},
            {"amount": "150k"},
            {"phone": "12"},
        ],
    )
    def test_what_cannot_be_is_said_and_nothing_is_done(self, accountant, changes):
        hoa = person()
        transfer = approved(accountant, hoa)

        answer = accountant.post(page_of(transfer, "adjust"), self.given(**changes) | {"confirm": "1"})

        assert answer.status_code == 400
        assert real(hoa) == 350_000

    def test_what_was_not_credited_says_so(self, accountant):
        assert "chưa được cộng vào ví" in accountant.get(page_of(linked(person()), "adjust")).content.decode()


class TestCustomer:
    def test_a_transfer_without_owner_is_searched_and_taken_with_its_money(self, accountant):
        hoa, transfer = person(), arrived("tien ao dai")
        arrived("khac")
        screen = f"/admin/customers/customer/{hoa.pk}/change/"

        link = re.search(r'data-unlinked href="([^"]+)"', accountant.get(screen).content.decode())
        assert link
        found = accountant.get(link[1], {"q": "áo dài"}).context["rows"]
        answers = [accountant.post(f"{link[1]}{transfer.pk}/", {"credit": "1"}) for _ in range(2)]

        assert found == [transfer]
        assert {answer.headers["Location"] for answer in answers} == {f"{screen}#n2-transfers"}
        assert real(hoa) == 350_000

    def test_from_a_search_to_the_customer_to_a_transfer_to_the_money(self, accountant):
        hoa, transfer = person(), arrived("tien ao dai")

        found = accountant.get("/admin/customers/customer/", {"q": hoa.phone}).content.decode()
        [screen] = set(re.findall(r'href="(/admin/customers/customer/\d+/change/)', found))
        link = re.search(r'data-unlinked href="([^"]+)"', accountant.get(screen).content.decode())
        accountant.post(f"{link[1]}{transfer.pk}/", {"credit": "1"})

        assert screen == f"/admin/customers/customer/{hoa.pk}/change/"
        assert (real(hoa), "350.000" in accountant.get(screen).content.decode()) == (350_000, True)

    def test_customer_care_takes_it_without_money(self):
        hoa, transfer, care = person(), arrived(), logged_in(Role.CUSTOMER_CARE)

        page = care.get(f"{BASE}/for/{hoa.pk}/").content.decode()
        care.post(f"{BASE}/for/{hoa.pk}/{transfer.pk}/", {"credit": "1"})

        transfer.refresh_from_db()
        assert 'name="credit"' not in page
        assert (transfer.customer, real(hoa)) == (hoa, 0)

    def test_who_only_looks_takes_nothing(self):
        hoa, transfer, viewer = person(), arrived(), logged_in(Role.VIEWER)

        assert "data-unlinked" not in viewer.get(f"/admin/customers/customer/{hoa.pk}/change/").content.decode()
        assert viewer.post(f"{BASE}/for/{hoa.pk}/{transfer.pk}/").status_code == 403

    def test_a_transfer_is_taken_back_from_the_customers_screen(self, accountant):
        hoa = person()
        credited, waiting = approved(accountant, hoa), linked(hoa)
        screen = f"/admin/customers/customer/{hoa.pk}/change/"

        page = accountant.get(screen).content.decode()
        apart = accountant.post(page_of(waiting, "unlink"), {"back": f"customer:{hoa.pk}", "waited": "review"})
        undone = accountant.post(page_of(credited, "undo"), {"reason": "Nhầm", "back": f"customer:{hoa.pk}"})

        assert f"{page_of(credited, 'undo')}?back=customer:{hoa.pk}" in page
        assert page_of(waiting, "unlink") in page
        assert {apart.headers["Location"], undone.headers["Location"]} == {f"{screen}#n2-transfers"}
        assert BankTransfer.objects.filter(customer=None).count() == 2
