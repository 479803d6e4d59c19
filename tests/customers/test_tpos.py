"""What TPOS says fills customers in, erases nothing, and makes nobody somebody else. Over real HTTP."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from customers.models import Activity, Customer
from customers.operations import get_or_create_customer, update_profile
from customers.queries import CustomerNotFound
from customers.rehearsals import profiles_to_complete
from customers.tasks import fill_from_tpos
from customers.tpos import NoSuchPerson, Outcome, _take, choose, fill, lookup
from n2store.models import AuditLog, JobRun
from n2store.simulator.tpos import Manner, Tpos, partner
from proxy.tpos import TposUnavailable, tpos
from tests.factories.tpos import playing_tpos
from tests.threads import at_once

PHONE = "0909318264"
ADDRESS = "12 Lê Lợi, Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh"


@pytest.fixture
def book() -> Iterator[Tpos]:
    with playing_tpos() as book:
        yield book


@pytest.fixture
def customer(db: None) -> Customer:
    return get_or_create_customer(phone=PHONE, by="test")[0]


def now_is(customer: Customer) -> Customer:
    customer.refresh_from_db()
    return customer


def sources(customer: Customer) -> dict[str, str]:
    return {field: said["source"] for field, said in customer.field_sources.items()}


def test_a_new_customer_gets_all_that_tpos_knows_and_whose_word_it_is(book: Tpos, customer: Customer) -> None:
    book.partners = [partner(5011, "+84 909 318 264", Email="hoa@example.com", StatusText="Bom hàng")]

    assert fill(customer.pk) == Outcome.FILLED

    now_is(customer)
    assert (customer.name, customer.email, customer.address) == ("Chị Hoa", "hoa@example.com", ADDRESS)
    assert (customer.tpos_id, customer.status, customer.tier) == ("5011", "Bom hàng", "new")
    assert customer.tpos_data is not None
    assert customer.tpos_data["NameNetwork"] == "Viettel"
    assert customer.aliases == []
    assert set(sources(customer).values()) == {"tpos"}
    assert customer.tpos_checked_at is not None
    assert AuditLog.objects.latest("id").actor == "TPOS"


def test_what_a_person_typed_stays_and_the_name_of_tpos_becomes_an_alias(book: Tpos, customer: Customer) -> None:
    update_profile(customer_id=customer.pk, changes={"name": "Hoa Bến Nghé", "status": "VIP"}, by="lan")
    book.partners = [partner(5011, PHONE, StatusText="Cảnh báo", DisplayName="[KH01] Chị Hoa")]

    fill(customer.pk)

    now_is(customer)
    assert (customer.name, customer.status, customer.address) == ("Hoa Bến Nghé", "VIP", ADDRESS)
    assert customer.aliases == ["Chị Hoa", "[KH01] Chị Hoa"]
    assert (sources(customer)["name"], sources(customer)["address"]) == ("person", "tpos")


def test_a_field_that_a_person_emptied_stays_empty(book: Tpos, customer: Customer) -> None:
    update_profile(customer_id=customer.pk, changes={"address": "x"}, by="lan")
    update_profile(customer_id=customer.pk, changes={"address": ""}, by="lan")
    book.partners = [partner(5011, PHONE)]

    fill(customer.pk)

    assert now_is(customer).address == ""


@pytest.mark.parametrize("empty", [None, "", "   ", ...])
def test_what_tpos_does_not_know_erases_nothing(book: Tpos, customer: Customer, empty: Any) -> None:
    book.partners = [partner(5011, PHONE, Email="hoa@example.com")]
    fill(customer.pk)
    nothing = dict.fromkeys(["Name", "DisplayName", "Email", "FullAddress", "Street", "StatusText", "Status"], empty)
    book.partners = [partner(5011, PHONE, **nothing)]

    assert fill(customer.pk) == Outcome.SAME

    now_is(customer)
    assert (customer.name, customer.email, customer.address) == ("Chị Hoa", "hoa@example.com", ADDRESS)


def test_a_later_name_of_tpos_replaces_its_earlier_one_which_becomes_an_alias(book: Tpos, customer: Customer) -> None:
    book.partners = [partner(5011, PHONE)]
    fill(customer.pk)
    book.partners = [partner(5011, PHONE, "Nguyễn Thị Hoa")]

    fill(customer.pk)

    assert (now_is(customer).name, customer.aliases) == ("Nguyễn Thị Hoa", ["Chị Hoa"])


@pytest.mark.parametrize("status", ["Khách sỉ", "Thân thiết", "whatever", "x" * 300, 7])
def test_a_status_that_is_none_of_ours_keeps_ours_and_stays_in_the_record(
    book: Tpos, customer: Customer, status: Any
) -> None:
    book.partners = [partner(5011, PHONE, StatusText=status, Status=None)]

    fill(customer.pk)

    assert now_is(customer).status == "Bình thường"
    assert customer.tpos_data is not None
    assert customer.tpos_data["StatusText"] == status


def test_the_status_vip_is_read_in_whatever_case(book: Tpos, customer: Customer) -> None:
    book.partners = [partner(5011, PHONE, StatusText="Vip")]

    fill(customer.pk)

    assert now_is(customer).status == "VIP"


@pytest.mark.parametrize(
    "strangers",
    [
        [],
        [partner(7, "0909318265", "Người Lạ", Stray=True)],
        [partner(7, "00909318264", "Người Lạ")],
        [partner(7, "0909318264 / 0912345678", "Người Lạ")],
        [partner(7, PHONE + "1", "Người Lạ"), partner(8, "", "Không số", Stray=True)],
    ],
)
def test_nobody_with_exactly_this_phone_means_nobody(
    book: Tpos, customer: Customer, strangers: list[dict[str, Any]]
) -> None:
    book.partners = strangers

    assert fill(customer.pk) == Outcome.NOBODY

    now_is(customer)
    assert (customer.name, customer.tpos_id, customer.tpos_data) == ("Khách hàng mới", "", None)
    assert customer.tpos_checked_at is not None


def test_of_several_persons_none_is_taken_and_all_are_shown_once(book: Tpos, customer: Customer) -> None:
    book.partners = [partner(5011, PHONE), partner(5012, PHONE, "Anh Nam")]

    assert [fill(customer.pk), fill(customer.pk)] == [Outcome.SEVERAL, Outcome.SEVERAL]

    now_is(customer)
    candidates = [
        {"id": "5012", "name": "Anh Nam", "address": ADDRESS}, {"id": "5011", "name": "Chị Hoa", "address": ADDRESS},
    ]  # fmt: skip
    assert (customer.name, customer.address, customer.tpos_id) == ("Khách hàng mới", "", "")
    assert customer.tpos_data == {"candidates": candidates}
    told = Activity.objects.get(reference_type="tpos")
    assert told.title == "TPOS có 2 khách với số này: chưa điền, cần chọn đúng người"
    assert told.metadata == {"candidates": candidates}


def test_a_person_chooses_who_of_several_it_is_and_later_looks_keep_to_that(book: Tpos, customer: Customer) -> None:
    book.partners = [partner(5011, PHONE), partner(5012, PHONE, "Anh Nam")]
    fill(customer.pk)

    assert choose(customer.pk, tpos_id="5011", by="lan") == Outcome.FILLED
    assert fill(customer.pk) == Outcome.SAME

    now_is(customer)
    assert (customer.name, customer.tpos_id, sources(customer)["tpos_id"]) == ("Chị Hoa", "5011", "person")


@pytest.mark.parametrize("tpos_id", ["9", "x", "5013"])
def test_nobody_is_chosen_who_is_not_there_or_has_another_phone(book: Tpos, customer: Customer, tpos_id: str) -> None:
    book.partners = [partner(5013, "0387654321")]

    with pytest.raises(NoSuchPerson):
        choose(customer.pk, tpos_id=tpos_id, by="lan")

    assert now_is(customer).tpos_id == ""


def test_a_linked_customer_is_not_made_another_person(book: Tpos, customer: Customer) -> None:
    book.partners = [partner(5011, PHONE)]
    fill(customer.pk)
    book.partners = [partner(6000, PHONE, "Anh Nam")]

    assert fill(customer.pk) == Outcome.SEVERAL

    assert (now_is(customer).name, customer.tpos_id) == ("Chị Hoa", "5011")
    assert Activity.objects.filter(reference_type="tpos").count() == 1


def test_values_that_cannot_be_stored_do_not_keep_out_the_others(book: Tpos, customer: Customer) -> None:
    book.partners = [
        partner(5011, PHONE, "x" * 300, Email="no e-mail", Note="a\x00b\ud800c", Deep=[[[[[[[[[[1]]]]]]]]]], Big=1e308)
    ]

    assert fill(customer.pk) == Outcome.FILLED

    now_is(customer)
    assert (customer.name, customer.email, customer.address) == ("Khách hàng mới", "", ADDRESS)
    assert customer.tpos_data is not None
    assert customer.tpos_data["Note"] == "abc"


def test_a_figure_that_moved_is_no_line_of_history(book: Tpos, customer: Customer) -> None:
    book.partners = [partner(5011, PHONE)]
    fill(customer.pk)
    lines = Activity.objects.count()
    book.partners = [partner(5011, PHONE, Debit=350000.0)]

    assert fill(customer.pk) == Outcome.SAME

    assert Activity.objects.count() == lines
    assert now_is(customer).tpos_data["Debit"] == 350000.0  # type: ignore[index]


def test_tpos_that_does_not_answer_changes_nothing(book: Tpos, customer: Customer) -> None:
    book.manner = Manner.FAILING

    with pytest.raises(TposUnavailable):
        fill(customer.pk)

    assert now_is(customer).tpos_checked_at is None


@pytest.mark.django_db(transaction=True)
def test_nobody_asks_tpos_with_a_transaction_open(book: Tpos) -> None:
    customer, _ = get_or_create_customer(phone=PHONE, by="test")

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        fill(customer.pk)

    assert book.asked == []


def test_a_look_at_a_phone_tells_of_one_person_only_and_never_fails(book: Tpos, db: None) -> None:
    book.partners = [partner(5011, PHONE)]
    seen = lookup("+84 909 318 264")
    book.partners.append(partner(5012, PHONE, "Anh Nam"))
    of_two = lookup(PHONE)
    book.manner = Manner.FAILING

    assert seen is not None
    assert (seen["tpos_id"], seen["name"], seen["address"], seen["status"]) == (
        "5011",
        "Chị Hoa",
        ADDRESS,
        "Bình thường",
    )
    assert (of_two, lookup(PHONE)) == (None, None)
    assert not Customer.objects.exists()


def test_a_look_does_not_wait_for_a_tpos_that_hangs(book: Tpos, db: None) -> None:
    book.partners, book.manner = [partner(5011, PHONE)], Manner.HANGING
    began = time.monotonic()

    assert lookup(PHONE, timeout_s=0.3) is None

    assert time.monotonic() - began < 30  # It would hang for a minute.


@pytest.mark.parametrize("ask", [fill, lambda customer_id: choose(customer_id, tpos_id="5011", by="lan")])
def test_tpos_is_not_asked_about_nobody(book: Tpos, db: None, ask: Callable[[int], Outcome]) -> None:
    with pytest.raises(CustomerNotFound):
        ask(999_999)

    assert book.asked == []


def test_an_answer_about_a_phone_that_changed_meanwhile_is_not_taken(book: Tpos, customer: Customer) -> None:
    book.partners = [partner(5011, PHONE)]
    found = tpos().search_by_phone(PHONE)
    Customer.objects.filter(pk=customer.pk).update(phone="0387654321")

    assert _take(customer.pk, PHONE, found) == Outcome.MOVED
    assert (now_is(customer).tpos_id, customer.tpos_checked_at) == ("", None)


def people(count: int) -> list[str]:
    phones = [f"09093182{n:02}" for n in range(count)]
    for phone in phones:
        get_or_create_customer(phone=phone, by="test")
    return phones


def test_the_job_asks_about_everybody_once_batch_by_batch(book: Tpos, db: None) -> None:
    phones = people(7)
    book.partners = [partner(n + 1, phone) for n, phone in enumerate(phones)]
    assert profiles_to_complete(timezone.now()) == {"asked": 7, "due": 7}
    assert book.asked == []

    assert [fill_from_tpos(customers_max=4), fill_from_tpos(customers_max=4), fill_from_tpos(customers_max=4)] == [
        4,
        3,
        0,
    ]

    assert sorted(book.asked) == phones
    assert list(JobRun.objects.order_by("id").values_list("examined", "changed", "skipped", "error")) == [
        (4, 4, 0, ""), (3, 3, 0, ""), (0, 0, 0, ""),
    ]  # fmt: skip
    assert not Customer.objects.filter(tpos_due_at__lt=timezone.now() + timedelta(days=29)).exists()


def test_a_customer_is_asked_about_again_when_the_answer_is_old(book: Tpos, db: None) -> None:
    people(1)
    fill_from_tpos()
    Customer.objects.update(tpos_due_at=timezone.now() - timedelta(seconds=1))

    fill_from_tpos()

    assert len(book.asked) == 2


def test_half_of_a_run_goes_to_the_newest_and_half_to_who_waits_longest(book: Tpos, db: None) -> None:
    phones = people(10)
    for age, phone in enumerate(reversed(phones)):
        Customer.objects.filter(phone=phone).update(tpos_due_at=timezone.now() - timedelta(minutes=age + 1))

    fill_from_tpos(customers_max=4)

    assert sorted(book.asked) == [*phones[:2], *phones[-2:]]


def test_a_tpos_that_is_down_is_left_alone_and_nobody_is_forgotten(book: Tpos, db: None) -> None:
    phones = people(8)
    book.manner = Manner.FAILING

    assert fill_from_tpos() == 0

    assert len(book.asked) == 3
    run = JobRun.objects.get()
    assert (run.examined, run.skipped, run.error) == (3, 3, "TPOS answers 500")
    book.manner = Manner.WELL
    book.asked.clear()
    Customer.objects.update(tpos_due_at=timezone.now())
    fill_from_tpos()
    assert sorted(book.asked) == phones


def test_a_run_that_died_gives_its_customers_back(book: Tpos, db: None) -> None:
    people(2)
    book.manner = Manner.FAILING
    fill_from_tpos()

    due = list(Customer.objects.order_by("tpos_due_at").values_list("tpos_due_at", flat=True))

    assert all(timezone.now() < at < timezone.now() + timedelta(minutes=31) for at in due)


@pytest.mark.parametrize("seed", range(3))
def test_no_customer_starves_beside_one_that_tpos_never_answers(book: Tpos, db: None, seed: int) -> None:
    phones = people(12)
    poison = random.Random(seed).sample(phones, 2)
    book.partners = [
        partner(n + 1, phone) | ({"Id": None} if phone in poison else {}) for n, phone in enumerate(phones)
    ]

    for _ in range(6):
        fill_from_tpos(customers_max=3)

    assert set(Customer.objects.filter(tpos_checked_at=None).values_list("phone", flat=True)) == set(poison)


def test_a_wrong_password_stops_the_run_at_once(book: Tpos, db: None, settings: Any) -> None:
    people(5)
    settings.TPOS_PASSWORD = "wrong"

    fill_from_tpos()

    run = JobRun.objects.get()
    assert (run.examined, run.error) == (1, "TPOS refuses: 401")


def test_without_a_user_of_tpos_the_job_does_nothing(db: None) -> None:
    people(1)

    assert fill_from_tpos() == 0
    assert not JobRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_runs_at_once_share_the_customers(book: Tpos) -> None:
    phones = people(40)
    book.partners = [partner(n + 1, phone) for n, phone in enumerate(phones)]

    filled = at_once(lambda _: fill_from_tpos(customers_max=10), range(4))

    assert sum(filled) == len(book.asked) == len(set(book.asked))
    fill_from_tpos()
    assert sorted(book.asked) == phones
