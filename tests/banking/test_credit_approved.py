"""What was approved and not credited at once is credited by the job, once."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from banking import operations, tasks
from banking.models import BankTransfer, Verification
from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.models import JobRun
from n2store.roles import Role
from tests.factories.banking import delivery, post
from tests.threads import at_once
from wallets.models import Transaction, Wallet
from wallets.queries import verify_ledger

ADDRESSES = ["/api/v2/wallets/cron/process-bank", "/api/wallet/cron/process-bank-transactions"]


def arrive(client: Any, *states: Verification) -> list[BankTransfer]:
    """Take transfers that nobody is named in, and give them to Hoa in the given states."""
    hoa = get_or_create_customer(phone="0909318264", by="test")[0]
    for n, state in enumerate(states, 1):
        post(client, delivery(id=n, content="chuyen tien", transferAmount=10_000 * n))
        BankTransfer.objects.filter(sepay_id=n).update(customer=hoa, verification=state, verified_by="lan")
    return list(BankTransfer.objects.order_by("sepay_id"))


@pytest.mark.django_db
def test_only_what_is_approved_is_credited_and_only_once(client: Any) -> None:
    states = list(Verification)
    arrive(client, *states)

    credited = operations.credit_approved(rows_max=50)

    approved = [n for n, state in enumerate(states, 1) if state in {Verification.APPROVED, Verification.AUTO_APPROVED}]
    assert [row.amount_vnd for row in credited] == [10_000 * n for n in approved]
    assert credited[-1].real_after_vnd == Wallet.objects.get().real_vnd == sum(10_000 * n for n in approved)
    assert operations.credit_approved(rows_max=50) == []
    assert set(BankTransfer.objects.exclude(wallet_transaction=None).values_list("sepay_id", flat=True)) == set(
        approved
    )
    assert Transaction.objects.first().actor == "lan"
    assert verify_ledger() == []


@pytest.mark.django_db
def test_what_the_webhook_credited_is_not_credited_again(client: Any) -> None:
    post(client, delivery())
    BankTransfer.objects.update(wallet_transaction=None)

    operations.credit_approved(rows_max=50)

    assert Transaction.objects.count() == 1
    assert BankTransfer.objects.get().wallet_transaction == Transaction.objects.get()


@pytest.mark.django_db
def test_the_job_works_in_batches_and_leaves_a_line(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "CREDIT_ROWS_MAX", 2)
    arrive(client, *[Verification.APPROVED] * 5)

    assert tasks.credit_approved() == 5
    assert (JobRun.objects.get().job, JobRun.objects.get().changed) == ("credit-approved", 5)


@pytest.mark.parametrize("address", ADDRESSES)
def test_on_demand(client: Any, api: APIClient, address: str) -> None:
    first, second = arrive(client, Verification.APPROVED, Verification.APPROVED)

    answer = api.post(address, {"limit": 1}, format="json")
    assert answer.json()["data"] == {
        "processedCount": 1, "errorCount": 0, "errors": [],
        "processed": [{"id": first.pk, "phone": "0909318264", "amount": 10_000, "newBalance": 10_000}],
    }  # fmt: skip
    assert api.post(address).json()["data"]["processed"][0]["id"] == second.pk
    runs = JobRun.objects.values_list("job", "asked_by", "changed")
    assert list(runs) == [("credit-approved", "user-owner", 1)] * 2


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_who_may_deposit_may_ask_and_only_for_so_many(as_role: Any, api: APIClient, address: str) -> None:
    assert as_role(Role.CUSTOMER_CARE).post(address).status_code == 403
    for limit in (0, 501, "x", None, [], 1.5):
        assert api.post(address, {"limit": limit}, format="json").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_credit_each_transfer_once(client: Any) -> None:
    transfers = arrive(client, *[Verification.APPROVED] * 12)

    found = at_once(lambda _: operations.credit_approved(rows_max=50), range(6))

    assert sorted(row.transfer_id for rows in found for row in rows) == [transfer.pk for transfer in transfers]
    assert Wallet.objects.get(customer=Customer.objects.get()).real_vnd == sum(10_000 * n for n in range(1, 13))
