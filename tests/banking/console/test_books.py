"""The books around transfers: what is missing, what could not be taken, the closing sheet, and files."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from banking.console import export
from banking.models import BankTransfer, FailedDelivery, Incident, IncidentStatus, RetryStatus
from n2store.models import AuditLog
from n2store.roles import Role
from tests.banking.console.rows import HOSTILE, NOON, arrived, linked, payer, person
from tests.factories.banking import delivery
from tests.factories.staff import logged_in

pytestmark = pytest.mark.django_db

BASE = "/admin/banking"
LIST_QUERIES = 7  # the four of every request, the menu's numbers, the page, and the roles or the filter's accounts


@pytest.fixture
def accountant() -> Client:
    return logged_in(Role.ACCOUNTANT)


def missing(amount_vnd: int = 120_000, **given: Any) -> Incident:
    """Return an incident between two lines."""
    before = arrived(accumulated_vnd=1_000_000, transferred_at=NOON)
    after = arrived(accumulated_vnd=1_470_000, transferred_at=NOON + timedelta(hours=1))
    return Incident.objects.create(
        account_number="75918", gateway="ACB", missing_vnd=amount_vnd, before=before, after=after, **given
    )


def failed(number: int = 1, **given: Any) -> FailedDelivery:
    body = f'{{"id": {number}}}'
    return FailedDelivery.objects.create(
        provider="sepay", external_id=number, body=body, last_error="OperationalError", **given
    )


def lines(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


class TestIncidents:
    @pytest.mark.parametrize("count", [1, 3, 20])
    def test_the_list_costs_the_same_for_any_number(self, accountant, django_assert_num_queries, count):
        for _ in range(count):
            missing()

        with django_assert_num_queries(LIST_QUERIES):
            page = accountant.get(f"{BASE}/incident/").content.decode()

        assert page.count("+120.000 ₫") == count

    def test_the_page_says_what_is_missing_between_which_lines(self, accountant):
        incident = missing(last_answer="0", asks=2)

        page = accountant.get(f"{BASE}/incident/{incident.pk}/change/").content.decode()

        assert "Thiếu +120.000 ₫ ở đây" in page
        for line in (incident.before, incident.after):
            assert line is not None
            assert f"{BASE}/banktransfer/{line.pk}/change/" in page

    def test_a_healed_one_names_what_healed_it_and_the_other_way_round(self, accountant):
        incident, found = missing(status=IncidentStatus.HEALED, closed_at=NOON), arrived()
        incident.found.add(found)

        page = accountant.get(f"{BASE}/incident/{incident.pk}/change/").content.decode()
        transfer = accountant.get(f"{BASE}/banktransfer/{found.pk}/change/").content.decode()

        assert f"{BASE}/banktransfer/{found.pk}/change/" in page
        assert f"{BASE}/incident/{incident.pk}/change/" in transfer
        assert "/ask/" not in page

    def test_sepay_is_asked_at_once(self, accountant):
        incident = missing(status=IncidentStatus.NOT_FOUND)

        accountant.post(f"{BASE}/incident/{incident.pk}/ask/")

        incident.refresh_from_db()
        assert incident.status == IncidentStatus.OPEN
        assert incident.next_ask_at is not None

    def test_it_is_set_aside_with_a_reason_once(self, accountant):
        incident = missing()
        address = f"{BASE}/incident/{incident.pk}/ignore/"

        accountant.post(address, {"note": " "})
        untouched = Incident.objects.get().status
        accountant.post(address, {"note": HOSTILE})
        again = accountant.post(address, {"note": "x"})

        incident.refresh_from_db()
        page = accountant.get(again.headers["Location"]).content.decode()
        assert (untouched, incident.status, incident.closed_by) == ("open", "ignored", "staff-accountant")
        assert "<script>alert" not in page

    def test_what_is_not_there_is_told(self, accountant):
        assert accountant.get(f"{BASE}/incident/999/change/").status_code == 404
        assert accountant.post(f"{BASE}/incident/999/ask/").headers["Location"] == f"{BASE}/incident/"

    @pytest.mark.parametrize("role", [Role.CUSTOMER_CARE, Role.WAREHOUSE, Role.VIEWER])
    def test_who_may_not_recover_only_looks(self, role):
        incident, client = missing(), logged_in(role)

        page = client.get(f"{BASE}/incident/{incident.pk}/change/")
        refused = [client.post(f"{BASE}/incident/{incident.pk}/{act}/").status_code for act in ("ask", "ignore")]

        assert page.status_code == 200
        assert "/ask/" not in page.content.decode()
        assert refused == [403, 403]
        assert AuditLog.objects.filter(outcome="refused").count() == 2


class TestFailedDeliveries:
    @pytest.mark.parametrize("count", [1, 3, 20])
    def test_the_list_costs_the_same_for_any_number(self, accountant, django_assert_num_queries, count):
        for number in range(count):
            failed(number + 1)

        with django_assert_num_queries(LIST_QUERIES):
            page = accountant.get(f"{BASE}/faileddelivery/").content.decode()

        assert page.count("OperationalError") == count

    def test_one_that_was_given_up_is_taken_by_hand(self, accountant):
        import json

        row = failed(92704001, status=RetryStatus.FAILED, attempts=5)
        FailedDelivery.objects.update(body=json.dumps(delivery()))

        accountant.post(f"{BASE}/faileddelivery/{row.pk}/retry/")

        row.refresh_from_db()
        assert row.status == RetryStatus.SUCCESS
        assert BankTransfer.objects.get().pk == row.transfer_id

    def test_one_that_cannot_be_taken_stays_and_says_why(self, accountant):
        row = failed()

        answer = accountant.post(f"{BASE}/faileddelivery/{row.pk}/retry/")
        page = accountant.get(answer.headers["Location"]).content.decode()

        row.refresh_from_db()
        assert (row.status, row.attempts) == (RetryStatus.PENDING, 1)
        assert "BadDelivery" in page

    def test_all_that_wait_are_tried_together(self, accountant):
        failed(1)
        failed(2)

        page = accountant.get(accountant.post(f"{BASE}/faileddelivery/retry/").headers["Location"]).content.decode()

        assert set(FailedDelivery.objects.values_list("attempts", flat=True)) == {1}
        assert "2 tin chưa nhận được" in page

    @pytest.mark.parametrize("role", [Role.CUSTOMER_CARE, Role.WAREHOUSE, Role.VIEWER])
    def test_who_may_not_recover_only_looks(self, role):
        row, client = failed(), logged_in(role)

        page = client.get(f"{BASE}/faileddelivery/").content.decode()
        refused = [client.post(f"{BASE}/faileddelivery/{part}retry/").status_code for part in ("", f"{row.pk}/")]

        assert "/retry/" not in page
        assert refused == [403, 403]
        assert FailedDelivery.objects.get().attempts == 0

    def test_the_body_is_shown_harmless(self, accountant):
        row = failed()
        FailedDelivery.objects.update(body=HOSTILE)

        page = accountant.get(f"{BASE}/faileddelivery/{row.pk}/change/").content.decode()

        assert "<script>alert" not in page


class TestClosingSheet:
    DAYS = {"from": "2026-01-16", "to": "2026-01-16"}

    def test_what_agrees_says_so_and_what_does_not_is_loud(self, accountant):
        arrived(transferred_at=NOON, amount_vnd=100_000, accumulated_vnd=1_100_000)
        linked(person(), transferred_at=NOON + timedelta(minutes=1), amount_vnd=50_000, accumulated_vnd=1_150_000)

        well = accountant.get(f"{BASE}/banktransfer/closing/", self.DAYS)
        arrived(transferred_at=NOON + timedelta(minutes=2), amount_vnd=10_000, accumulated_vnd=1_230_000)
        broken = accountant.get(f"{BASE}/banktransfer/closing/", self.DAYS)

        (row,) = broken.context["rows"]
        assert 'data-missing="0"' in well.content.decode()
        assert (row.came_vnd, row.owned_vnd, row.unowned_vnd, row.difference_vnd) == (160_000, 50_000, 110_000, 70_000)
        assert 'data-missing="70000"' in broken.content.decode()
        assert "Lệch 70.000 ₫ so với ngân hàng" in broken.content.decode()
        assert 'class="is-broken"' in broken.content.decode()

    @pytest.mark.parametrize("count", [1, 3, 20])
    def test_it_costs_the_same_for_any_number_of_lines(self, accountant, django_assert_num_queries, count):
        for number in range(count):
            arrived(transferred_at=NOON, account_number=f"acc{number}")

        with django_assert_num_queries(8):  # the four, the menu's numbers, the roles, the sheet, the incidents
            page = accountant.get(f"{BASE}/banktransfer/closing/", self.DAYS)

        assert len(page.context["rows"]) == count

    def test_it_is_a_file_too(self, accountant):
        arrived(transferred_at=NOON, gateway="=cmd()", accumulated_vnd=1_000_000)

        found = lines(accountant.get(f"{BASE}/banktransfer/closing.csv", self.DAYS))
        book = load_workbook(io.BytesIO(accountant.get(f"{BASE}/banktransfer/closing.xlsx", self.DAYS).getvalue()))

        assert found[1][:4] == ["16/01/2026", "'=cmd()", "75918", "650000"]
        assert book.active is not None
        assert book.active["E2"].value == 350_000

    @pytest.mark.parametrize(
        "days", [{"from": "2020-01-01", "to": "2026-01-01"}, {"from": "2026-01-02", "to": "2026-01-01"}]
    )
    def test_too_many_days_are_refused_in_words(self, accountant, days):
        page = accountant.get(f"{BASE}/banktransfer/closing/", days)

        assert page.status_code == 400
        assert "92" in page.content.decode()
        assert accountant.get(f"{BASE}/banktransfer/closing.csv", days).status_code == 404
        assert accountant.get(f"{BASE}/banktransfer/closing.exe").status_code == 404

    def test_nobody_reads_it_without_a_role(self):
        for address in ("closing/", "closing.csv", "export.csv", "undo/"):
            assert logged_in_without_role().get(f"{BASE}/banktransfer/{address}").status_code == 403


def logged_in_without_role() -> Client:
    from django.contrib.auth.models import User

    client = Client()
    client.force_login(User.objects.get_or_create(username="nobody", is_staff=True)[0])
    return client


class TestFile:
    def test_it_holds_what_the_list_shows_and_no_formulas(self, accountant):
        hoa = person(name="=HYPERLINK(1)")
        linked(hoa, verification_note="@x", content="+1 ao")
        arrived("khac", direction="out")

        found = lines(accountant.get(f"{BASE}/banktransfer/export.csv", {"owner": "linked"}))
        book = load_workbook(io.BytesIO(accountant.get(f"{BASE}/banktransfer/export.xlsx").getvalue()))

        assert len(found) == 2
        assert (found[1][3], found[1][4], found[1][5], found[1][11]) == ("350000", "'+1 ao", "'=HYPERLINK(1)", "'@x")
        assert book.active is not None
        assert [cell.value for cell in book.active["D"][1:]] == [350_000, -350_000]

    def test_it_is_bounded_and_says_that_there_is_more(self, accountant, monkeypatch):
        monkeypatch.setattr(export, "ROWS_MAX", 3)
        for _ in range(5):
            arrived()

        found = lines(accountant.get(f"{BASE}/banktransfer/export.csv"))

        assert len(found) == 1 + 3 + 1
        assert "3" in found[-1][0]


class TestMenu:
    def test_it_says_how_much_waits(self, accountant):
        arrived()
        linked(person())
        missing()
        failed()

        page = accountant.get("/admin/")

        assert {name: page.wsgi_request.waits[name] for name in ("queue", "review", "undos")} == {
            "queue": 3, "review": 1, "undos": 0,
        }  # fmt: skip
        assert f'href="{BASE}/banktransfer/queue/"' in page.content.decode()

    def test_one_page_of_transfers_is_marked_not_two(self, accountant):
        for address in ("banktransfer/queue/", "banktransfer/review/", "banktransfer/", "incident/"):
            menu = accountant.get(f"{BASE}/{address}", follow=True).content.decode().split('id="nav-sidebar-apps"')[1]
            active = re.findall(r'<a href="([^"]+)" class="[^"]* active"', menu.split("</nav>")[0])
            assert active == [f"{BASE}/{address}"]

    def test_known_payers_are_found_by_account_and_customer(self, accountant):
        payer(person())

        for text, found in (("0071", 1), ("0909318264", 1), ("999", 0)):
            page = accountant.get(f"{BASE}/knownpayer/", {"q": text}).content.decode()
            assert page.count("0071000123456</a>") == found
