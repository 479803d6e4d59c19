import threading
import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers.models import Activity, Customer, Note
from customers.operations import (
    NoteNotFound,
    PhoneTaken,
    add_note,
    create_customer,
    delete_note,
    get_or_create_customer,
    pin_note,
    update_profile,
)
from customers.phones import InvalidPhone
from customers.profile import status_from_elsewhere
from customers.queries import CustomerNotFound
from n2store.models import AuditLog, Event
from tests.threads import at_once
from wallets.models import Wallet


@pytest.mark.django_db
def test_a_new_customer_has_the_seeds_defaults_a_wallet_and_a_history() -> None:
    customer, created = get_or_create_customer(phone="+84 909 123 456", by="lan")

    assert created
    assert (customer.phone, customer.name, customer.status, customer.tier) == (
        "0909123456", "Khách hàng mới", "Bình thường", "new",
    )  # fmt: skip
    assert Wallet.objects.values_list("customer", "real_vnd", "virtual_vnd").get() == (customer.pk, 0, 0)
    assert Activity.objects.values_list("customer", "type", "actor").get() == (customer.pk, "CUSTOMER_CREATED", "lan")
    event = Event.objects.get()
    assert (event.name, event.topics) == ("customer.created", ["customers", "customer:0909123456"])


@pytest.mark.django_db
def test_a_known_phone_in_another_spelling_is_the_same_customer() -> None:
    first, _ = get_or_create_customer(phone="0909123456", name="Chị Hoa", by="lan")

    again, created = get_or_create_customer(phone="84 909.123.456", name="Somebody", by="lan")

    assert (again.pk, again.name, created) == (first.pk, "Chị Hoa", False)
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_no_customer_is_made_of_what_is_no_phone() -> None:
    with pytest.raises(InvalidPhone):
        get_or_create_customer(phone="abc", by="lan")

    assert Customer.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_thirty_calls_at_once_make_one_customer_with_one_wallet() -> None:
    results = at_once(lambda _: get_or_create_customer(phone="0909123456", by="race"), range(30))

    assert len({customer.pk for customer, _ in results}) == 1
    assert [created for _, created in results].count(True) == 1
    assert (Customer.objects.count(), Wallet.objects.count(), Event.objects.count()) == (1, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"phone": "8490912345"}, {"phone": "0909 12345"}, {"status": "Khách sỉ"}, {"tier": "diamond"}]
)
def test_the_database_refuses_what_is_no_customer(wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.create(**({"phone": "0909123456"} | wrong))


@pytest.mark.django_db
def test_a_customer_made_by_plain_sql_has_a_wallet_too() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO customers_customer (phone) VALUES ('0909123456')")

    assert Wallet.objects.filter(customer__phone="0909123456").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["dang thi huong", "ĐẶNG THỊ", "hương", "Huong", "0909", "0909 12"])
def test_a_search_finds_names_with_or_without_diacritics_and_phones_by_their_beginning(text: str) -> None:
    wanted, _ = get_or_create_customer(phone="0909123456", name="Đặng Thị Hương", by="lan")
    get_or_create_customer(phone="0387654321", name="Trần Văn Nam", by="lan")

    assert list(Customer.objects.matching(text)) == [wanted]


@pytest.fixture
def hoa(db: None) -> Customer:
    return create_customer(phone="0909123456", name="Hoa", email="hoa@shop.vn", by="lan")


def test_adding_remembers_whose_word_each_field_is(hoa: Customer) -> None:
    assert {field: said["source"] for field, said in hoa.field_sources.items()} == {"name": "person", "email": "person"}
    assert AuditLog.objects.values_list("actor", "action", "subject", "after").get() == (
        "lan", "customer.create", f"customer:{hoa.pk}", {"phone": "0909123456", "email": "hoa@shop.vn", "name": "Hoa"},
    )  # fmt: skip


def test_adding_a_known_phone_is_refused_and_changes_nothing(hoa: Customer) -> None:
    with pytest.raises(PhoneTaken):
        create_customer(phone="+84909123456", name="Nam", by="mai")

    hoa.refresh_from_db()
    assert (hoa.name, Customer.objects.count(), AuditLog.objects.count()) == ("Hoa", 1, 1)


def test_a_change_leaves_audit_history_event_and_source_together(hoa: Customer) -> None:
    changed = update_profile(customer_id=hoa.pk, changes={"name": "Chị Hoa", "email": "hoa@shop.vn"}, by="mai")

    line = AuditLog.objects.get(action="customer.update")
    assert (line.actor, line.before, line.after) == ("mai", {"name": "Hoa"}, {"name": "Chị Hoa"})
    assert Activity.objects.get(type="PROFILE_UPDATED").title == "Sửa hồ sơ: tên"
    event = Event.objects.get(name="customer.updated", payload__fields=["name"])
    assert (event.topics, event.payload["customer_id"]) == (["customers", "customer:0909123456"], hoa.pk)
    assert (changed.field_sources["name"]["by"], changed.field_sources["email"]["by"]) == ("mai", "lan")


def test_a_change_to_what_is_there_already_leaves_nothing(hoa: Customer) -> None:
    before = Event.objects.count()

    update_profile(customer_id=hoa.pk, changes={"name": " Hoa "}, by="mai")

    assert (Event.objects.count(), AuditLog.objects.filter(action="customer.update").count()) == (before, 0)


def test_tpos_fills_and_renews_but_never_overwrites_a_person_and_never_empties(hoa: Customer) -> None:
    update_profile(customer_id=hoa.pk, changes={"address": "1 Lê Lợi", "tpos_id": "7"}, by="tpos", source="tpos")
    update_profile(
        customer_id=hoa.pk, changes={"name": "HOA TPOS", "email": "", "address": "2 Lê Lợi", "tpos_id": ""},
        by="tpos", source="tpos",
    )  # fmt: skip

    hoa.refresh_from_db()
    assert (hoa.name, hoa.email, hoa.address, hoa.tpos_id) == ("Hoa", "hoa@shop.vn", "2 Lê Lợi", "7")


def test_a_person_may_empty_a_field_and_tpos_does_not_fill_it_again(hoa: Customer) -> None:
    update_profile(customer_id=hoa.pk, changes={"email": ""}, by="lan")
    update_profile(customer_id=hoa.pk, changes={"email": "tpos@shop.vn"}, by="tpos", source="tpos")

    hoa.refresh_from_db()
    assert hoa.email == ""


def test_another_tier_is_announced(hoa: Customer) -> None:
    update_profile(customer_id=hoa.pk, changes={"tier": "blacklist"}, by="lan")

    assert Event.objects.get(name="customer.tier_changed").payload == {
        "customer_id": hoa.pk, "phone": "0909123456", "before": "new", "after": "blacklist",
    }  # fmt: skip


def test_another_phone_is_told_to_those_who_watch_the_old_one(hoa: Customer) -> None:
    update_profile(customer_id=hoa.pk, changes={"phone": "0387654321"}, by="lan")

    event = Event.objects.get(name="customer.updated", payload__fields=["phone"])
    assert event.topics == ["customers", "customer:0387654321", "customer:0909123456"]


def test_tpos_is_asked_at_once_about_another_phone_and_about_nothing_else(hoa: Customer) -> None:
    later = timezone.now() + timedelta(days=9)
    Customer.objects.update(tpos_due_at=later)

    assert update_profile(customer_id=hoa.pk, changes={"name": "Hòa"}, by="lan").tpos_due_at == later
    assert update_profile(customer_id=hoa.pk, changes={"phone": "0387654321"}, by="lan").tpos_due_at <= timezone.now()


def test_a_phone_that_is_taken_leaves_everything_as_it_was(hoa: Customer) -> None:
    create_customer(phone="0387654321", name="Nam", by="lan")

    with pytest.raises(PhoneTaken):
        update_profile(customer_id=hoa.pk, changes={"phone": "0387654321", "name": "X"}, by="lan")

    hoa.refresh_from_db()
    assert (hoa.phone, hoa.name) == ("0909123456", "Hoa")
    assert not AuditLog.objects.filter(action="customer.update").exists()


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_to_different_fields_are_all_kept() -> None:
    hoa = create_customer(phone="0909123456", name="Hoa", by="lan")
    changes = [{"email": "a@b.vn"}, {"address": "1 Lê Lợi"}, {"internal_note": "x"}, {"tags": ["sỉ"]}, {"tier": "gold"}]

    at_once(lambda change: update_profile(customer_id=hoa.pk, changes=change, by="race"), changes)

    hoa.refresh_from_db()
    assert (hoa.email, hoa.address, hoa.internal_note, hoa.tags, hoa.tier) == (
        "a@b.vn",
        "1 Lê Lợi",
        "x",
        ["sỉ"],
        "gold",
    )
    assert set(hoa.field_sources) == {"name", "email", "address", "internal_note", "tags", "tier"}


def test_who_is_not_there_cannot_be_changed(db: None) -> None:
    with pytest.raises(CustomerNotFound):
        update_profile(customer_id=1, changes={"name": "X"}, by="lan")


def test_a_note_is_pinned_let_go_and_taken_away(hoa: Customer) -> None:
    note = add_note(customer=hoa, content="x" * 300, by="lan")

    assert [pin_note(note=note, pinned=True, by="mai"), pin_note(note=note, pinned=True, by="mai")] == [True, False]
    delete_note(note=note, by="mai")

    assert Note.objects.count() == 0
    assert len(Activity.objects.get(type="NOTE_ADDED").title) == 100
    assert list(AuditLog.objects.filter(action__startswith="customer.note").order_by("id").values_list("action")) == [
        ("customer.note.add",), ("customer.note.pin",), ("customer.note.delete",),
    ]  # fmt: skip
    with pytest.raises(NoteNotFound):
        delete_note(note=Note(pk=999, customer=hoa, content="x"), by="mai")


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"content": ""}, {"content": "x", "category": "other"}])
def test_the_database_refuses_what_is_no_note(wrong: dict[str, str]) -> None:
    customer = create_customer(phone="0909123456", name="Hoa", by="lan")

    with pytest.raises(IntegrityError), transaction.atomic():
        Note.objects.create(customer=customer, actor="lan", **wrong)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Bình thường", "Bình thường"),
        ("Vip", "VIP"),
        ("vip ", "VIP"),
        ("BOM HÀNG", "Bom hàng"),
        ("Khách sỉ", None),
        (None, None),
    ],
)
def test_the_words_of_tpos_become_ours_or_nothing(text: str | None, status: str | None) -> None:
    assert status_from_elsewhere(text) == status


@pytest.mark.django_db(transaction=True)
def test_a_profile_changes_while_something_happens_to_the_customer() -> None:
    customer, _ = get_or_create_customer(phone="0909123456", by="lan")
    get_or_create_customer(phone="0909123457", by="lan")  # Who is the newest has no line to move.
    happened = threading.Event()

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)))")
            return bool(cursor.fetchone()[0])

    def happening() -> None:
        with transaction.atomic():
            Activity.objects.create(customer=customer, type="NOTE_ADDED", title="Gọi lại", actor="hoa")
            happened.set()
            until = time.monotonic() + 60
            while not waits():  # The other, for the newest line of history.
                assert time.monotonic() < until

    def changing() -> None:
        assert happened.wait(60)
        update_profile(customer_id=customer.pk, changes={"tier": "gold"}, by="lan")

    at_once(lambda work: work(), [happening, changing])

    assert Customer.objects.get(pk=customer.pk).tier == "gold"
    assert Activity.objects.filter(customer=customer).count() == 3
