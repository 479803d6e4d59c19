"""What waits for TPOS: asked by the job, with nothing held; ill or killed, nothing is lost and nothing done twice."""

import itertools
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from banking import switches, tasks
from banking.desk.review import reject
from banking.matching import due
from banking.matching.due import UNAVAILABLE, match_due
from banking.models import BankTransfer, Decision, PendingMatch
from customers.models import Customer
from n2store.models import Event, JobRun
from n2store.simulator.tpos import Manner, Tpos, partner
from tests.banking.acting import ACCOUNTANT, HOA, NAM, arrived, as_it_is, known, real_vnd
from tests.factories.banking import delivery, post
from tests.factories.tpos import playing_tpos
from tests.threads import at_once
from wallets.models import Transaction
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db
OTHER = "0912318264"


@pytest.fixture
def book() -> Iterator[Tpos]:
    with playing_tpos(timeout_s=3.0) as book:
        yield book


def overdue() -> None:
    """Let the time of every pause and lease pass."""
    BankTransfer.objects.filter(match_due_at__isnull=False).update(match_due_at=timezone.now() - timedelta(seconds=1))


def test_one_person_of_tpos_becomes_a_customer_and_is_credited(book: Tpos) -> None:
    book.partners = [partner(5011, HOA, "Chị Hoa", StatusText="VIP"), partner(5012, "0318264999", "Ai khác")]
    transfer = arrived("318264 ck")

    assert tasks.match_due() == 1

    assert as_it_is(transfer) == ("AUTO_APPROVED", HOA, "single_match", True)
    customer = Customer.objects.get()
    assert (customer.name, customer.tpos_id, customer.status, customer.address) == (
        "Chị Hoa", "5011", "VIP", "12 Lê Lợi, Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh",
    )  # fmt: skip
    assert customer.field_sources["address"]["source"] == "tpos"
    assert Transaction.objects.get().note == "Nạp từ CK (Auto-matched: 318264)"
    assert book.asked == ["318264"]
    assert list(Decision.objects.order_by("id").values_list("verdict", flat=True)) == ["looking", "credited"]
    [candidate] = Decision.objects.latest("id").candidates
    assert (candidate["source"], candidate["tpos_id"], candidate["phone"]) == ("tpos", "5011", HOA)
    assert Event.objects.filter(name="transfer.matched").get().payload["customer_phone"] == HOA
    run = JobRun.objects.get()
    assert (run.job, run.examined, run.changed, run.skipped, run.error) == ("match-due", 1, 1, 0, "")
    assert verify_ledger() == []


def test_a_status_that_is_none_of_ours_is_no_hindrance(book: Tpos) -> None:
    """W18."""
    book.partners = [partner(5011, HOA, StatusText="Khách sỉ")]
    arrived("318264 ck")

    match_due()

    customer = Customer.objects.get()
    assert (customer.status, customer.tpos_data["StatusText"], real_vnd(HOA)) == ("Bình thường", "Khách sỉ", 350_000)


def test_only_whose_phone_ends_with_the_digits_is_meant(book: Tpos) -> None:
    """W17."""
    book.partners = [partner(1, "0318264555"), partner(2, "0999318264", Stray=True), partner(3, "113", Stray=True)]

    arrived("318264 ck")
    match_due()

    assert Customer.objects.get().phone == "0999318264"


def test_several_people_of_tpos_are_a_question(book: Tpos) -> None:
    book.partners = [partner(5011, HOA, "Chị Hoa"), partner(5012, OTHER, "Anh Nam"), partner(5013, HOA, "Hoa NT")]
    transfer = arrived("318264 ck")

    match_due()

    assert as_it_is(transfer) == ("PENDING_VERIFICATION", None, "pending_match", False)
    assert {(one["phone"], one["tpos_id"]) for one in PendingMatch.objects.get().candidates} == {
        (HOA, "5013"), (OTHER, "5012"),
    }  # fmt: skip
    assert Customer.objects.count() == 0


def test_more_people_than_tpos_shows_are_a_question(book: Tpos) -> None:
    book.partners = [partner(n, f"0318264{n:03}") for n in range(100, 160)]
    nobody = arrived("318264 ck")
    match_due()
    nobody.refresh_from_db()
    assert (as_it_is(nobody)[0], nobody.match_trouble) == ("PENDING", "SEARCH_INCOMPLETE")

    book.partners.append(partner(1, HOA, DateCreated="2027-01-01T00:00:00+07:00"))
    arrived("318264 ck")
    match_due()

    [candidate] = PendingMatch.objects.get().candidates
    assert "SEARCH_INCOMPLETE" in [reason["code"] for reason in candidate["evidence"]]


def test_whom_tpos_does_not_know_either_is_nobody(book: Tpos) -> None:
    transfer = arrived("318264 ck")

    match_due()
    match_due()

    assert as_it_is(transfer) == ("PENDING", None, "", False)
    assert (Decision.objects.latest("id").verdict, book.asked) == ("nothing", ["318264"])
    assert not due.is_due(timezone.now() + timedelta(days=1))


def test_our_own_customer_who_came_meanwhile_is_found_without_tpos(book: Tpos) -> None:
    transfer = arrived("318264 ck")
    known(HOA)

    match_due()

    assert (as_it_is(transfer)[0], book.asked) == ("AUTO_APPROVED", [])


def test_with_the_switch_off_the_job_credits_nothing(book: Tpos) -> None:
    book.partners = [partner(5011, HOA)]
    transfer = arrived("318264 ck")
    switches.set_auto_approve(caller=ACCOUNTANT, enabled=False)

    match_due()

    assert as_it_is(transfer) == ("PENDING_VERIFICATION", HOA, "single_match", False)
    assert Decision.objects.latest("id").verdict == "linked"


@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.GARBLED, Manner.HANGING, Manner.BUSY, Manner.DRIPPING])
def test_while_tpos_is_ill_transfers_wait_and_say_so_and_go_on_later(book: Tpos, manner: Manner) -> None:
    book.partners = [partner(5011, HOA), partner(5012, NAM)]
    transfers = [arrived("318264 ck"), arrived("345678 ck"), arrived("345678 ck")]
    book.manner = manner

    run = match_due()

    assert (run.trouble, run.changed, run.waiting) == (UNAVAILABLE, 0, 3)
    assert len(book.asked) <= 1  # The run ends with the first failure.
    rows = BankTransfer.objects.order_by("id")
    assert [row.match_trouble for row in rows] == [UNAVAILABLE] * 3
    assert [as_it_is(row)[0] for row in transfers] == ["PENDING"] * 3
    assert [row.match_due_at > timezone.now() for row in rows] == [True, False, False]

    book.manner = Manner.WELL
    match_due()
    match_due()

    assert [as_it_is(row)[:2] for row in transfers] == [
        ("AUTO_APPROVED", HOA), ("AUTO_APPROVED", NAM), ("AUTO_APPROVED", NAM),
    ]  # fmt: skip
    assert {row.match_trouble for row in BankTransfer.objects.all()} == {""}
    assert (real_vnd(HOA), real_vnd(NAM)) == (350_000, 700_000)


def test_pauses_grow_up_to_a_bound(book: Tpos) -> None:
    book.manner = Manner.FAILING
    arrived("318264 ck")

    pauses = []
    for _ in range(9):
        overdue()
        match_due()
        pauses.append(BankTransfer.objects.get().match_due_at - timezone.now())

    assert all(later > sooner for sooner, later in itertools.pairwise(pauses[:6]))
    assert max(pauses) <= due.PAUSE_MAX


def test_a_failure_is_told_in_the_jobs_diary(book: Tpos) -> None:
    book.manner = Manner.FAILING
    arrived("318264 ck")

    tasks.match_due()

    assert (JobRun.objects.get().error, JobRun.objects.get().skipped) == (UNAVAILABLE, 1)


def test_without_a_tpos_nobody_waits_for_it() -> None:
    with override_settings(TPOS_USERNAME="", TPOS_PASSWORD=""):
        transfer = arrived("318264 ck")
        match_due()

    transfer.refresh_from_db()
    assert (as_it_is(transfer)[0], transfer.match_due_at, transfer.match_trouble) == (
        "PENDING", None, "TPOS_NOT_CONFIGURED",
    )  # fmt: skip


def test_nothing_due_leaves_no_line() -> None:
    arrived("chuyen tien")

    assert tasks.match_due() == 0
    assert JobRun.objects.count() == 0


def test_what_a_person_decided_meanwhile_stands(book: Tpos) -> None:
    book.partners = [partner(5011, HOA)]
    transfer = arrived("318264 ck")
    reject(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="sai")
    BankTransfer.objects.update(match_due_at=timezone.now())

    match_due()

    assert as_it_is(transfer)[0] == "REJECTED"
    assert BankTransfer.objects.get().match_due_at is None
    assert real_vnd(HOA) == 0


@pytest.mark.django_db(transaction=True)
def test_what_a_person_decides_while_tpos_thinks_stands(book: Tpos) -> None:
    book.partners = [partner(5011, HOA)]
    transfer = arrived("318264 ck")

    class Slow:
        def search_partial(self, digits: str) -> Any:
            assert not connection.in_atomic_block
            reject(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="sai")
            return tpos().search_partial(digits)

    from proxy.tpos import tpos

    run = match_due(book=Slow())  # type: ignore[arg-type]

    assert (run.changed, as_it_is(transfer)[0], Transaction.objects.count()) == (0, "REJECTED", 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_nothing_twice(book: Tpos) -> None:
    book.partners = [partner(n, f"09{n:02}318{n:03}") for n in range(10, 40)]
    for n in range(10, 40):
        arrived(f"318{n:03} ck")

    runs = at_once(lambda _: match_due(), range(4))

    assert sum(run.changed for run in runs) == 30
    assert (Transaction.objects.count(), Customer.objects.count()) == (30, 30)
    assert sorted(book.asked) == sorted(f"318{n:03}" for n in range(10, 40))
    assert verify_ledger() == []


def places() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lpad(ctid::text, 12) FROM banking_banktransfer ORDER BY id")
        return [place for (place,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_who_holds_several_of_the_waiting_rows_never_waits_in_a_circle(book: Tpos) -> None:
    book.manner = Manner.FAILING
    first, second = arrived("318264 ck"), arrived("765432 ck")
    match_due()
    BankTransfer.objects.update(match_due_at=timezone.now() + timedelta(hours=1))
    while (place := places())[0] < place[1]:  # Who goes through the table meets the second before the first.
        BankTransfer.objects.filter(pk=first.pk).update(description="written anew")
    book.manner = Manner.WELL
    arrived("111222 ck")

    def one_after_the_other() -> None:
        with transaction.atomic():
            BankTransfer.objects.select_for_update().get(pk=first.pk)
            time.sleep(1.5)
            BankTransfer.objects.select_for_update().get(pk=second.pk)

    at_once(lambda verb: verb(), [one_after_the_other, lambda: (time.sleep(0.5), match_due())])

    assert set(BankTransfer.objects.values_list("match_trouble", flat=True)) == {""}


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_died_loses_nothing(book: Tpos) -> None:
    book.partners = [partner(5011, HOA)]
    transfer = arrived("318264 ck")

    class Deadly:
        def search_partial(self, digits: str) -> Any:
            raise SystemExit

    with pytest.raises(SystemExit):
        match_due(book=Deadly())  # type: ignore[arg-type]

    assert match_due().examined == 0  # Its lease still runs.
    overdue()
    match_due()
    assert as_it_is(transfer) == ("AUTO_APPROVED", HOA, "single_match", True)


def test_the_webhook_answers_while_tpos_hangs(client: Client, book: Tpos) -> None:
    """W29; 7.1 no. 3."""
    book.manner = Manner.HANGING

    answers = [post(client, delivery(id=n, content="318264 ck")).status_code for n in range(1, 11)]

    assert answers == [200] * 10
    assert book.asked == []


def test_a_run_asks_so_much_and_leaves_the_rest_due(book: Tpos) -> None:
    for n in range(5):
        arrived(f"31826{n} ck")

    run = match_due(asks_max=2)

    assert (len(book.asked), run.changed, run.waiting) == (2, 2, 3)
    assert due.is_due()


def test_the_queries_of_a_run_without_tpos_do_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for count in (1, 30):
        for n in range(count):
            arrived(f"555{n:03} ck")
        BankTransfer.objects.filter(match_due_at__isnull=False).update(content=f"{HOA} ck")
        with django_assert_num_queries(11):
            assert match_due().changed == count
