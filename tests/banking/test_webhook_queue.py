"""What the webhook answers when a genuine delivery cannot be taken: `queued_for_retry` is true only if it is (W10)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from banking import retrying
from banking.models import BankTransfer, Delivery, FailedDelivery
from banking.rehearsals import deliveries_to_take
from tests.factories.banking import delivery, post
from wallets.models import Wallet

REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'secret text' USING ERRCODE = 'data_exception';
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse();
"""


class Refusing:
    """A database that does not take rows of a table, until told to."""

    def __init__(self, *tables: str) -> None:
        self._tables = tables

    def begin(self) -> None:
        with connection.cursor() as cursor:
            for number, table in enumerate(self._tables):
                cursor.execute(REFUSE.format(table=table).replace("refuse", f"refuse_{number}"))

    def end(self) -> None:
        with connection.cursor() as cursor:
            for number in range(len(self._tables)):
                cursor.execute(f"DROP FUNCTION IF EXISTS refuse_{number} CASCADE")


@pytest.fixture
def no_transfers(transactional_db: None) -> Iterator[Refusing]:
    refusing = Refusing("banking_banktransfer")
    refusing.begin()
    yield refusing
    refusing.end()


@pytest.fixture
def nothing_at_all(transactional_db: None) -> Iterator[None]:
    refusing = Refusing("banking_banktransfer", "banking_faileddelivery")
    refusing.begin()
    yield
    refusing.end()


def test_a_delivery_that_cannot_be_taken_is_queued_and_sepay_is_told_so(client: Client, no_transfers: Refusing) -> None:
    answers = [post(client, delivery()) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {500}
    assert answers[0].json() == {"success": False, "error": "Failed to process webhook", "queued_for_retry": True}
    assert FailedDelivery.objects.values_list("external_id", "status", "last_error").get() == (
        92704001, "pending", "DataError",
    )  # fmt: skip
    assert (Delivery.objects.count(), BankTransfer.objects.count()) == (0, 0)


def test_it_is_taken_once_the_cause_is_gone_without_sepays_help(client: Client, no_transfers: Refusing) -> None:
    post(client, delivery())
    no_transfers.end()

    at = timezone.now() + timedelta(minutes=1)
    would = [deliveries_to_take(moment)["deliveries"] for moment in (timezone.now(), at)]
    retrying.retry_due(now=at)

    assert (would, deliveries_to_take(at)) == ([0, 1], {"deliveries": 0})
    assert FailedDelivery.objects.get().transfer == BankTransfer.objects.get()
    assert Wallet.objects.get().real_vnd == 350_000


def test_what_is_not_even_queued_is_not_said_to_be(client: Client, nothing_at_all: None) -> None:
    answer = post(client, delivery())

    assert (answer.status_code, answer.json()["queued_for_retry"], answer.headers["Retry-After"]) == (503, False, "5")
    assert "secret" not in answer.content.decode()
    assert FailedDelivery.objects.count() == 0
