import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import Activity, Customer
from customers.operations import get_or_create_customer
from customers.phones import InvalidPhone
from n2store.models import Event
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
