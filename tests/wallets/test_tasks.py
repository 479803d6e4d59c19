from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.models import JobRun
from proxy.models import Alert
from wallets.models import CreditSource, VirtualCredit, Wallet
from wallets.operations import issue_credit
from wallets.queries import verify_ledger
from wallets.tasks import expire_credits
from wallets.tasks import verify_ledger as verify_ledger_task


def issue(customer: Customer, key: str, days: int) -> VirtualCredit:
    return issue_credit(
        customer=customer, amount_vnd=50_000, key=key, source_type=CreditSource.COMPENSATION, by="test",
        at=timezone.now() - timedelta(days=10), lifetime=timedelta(days=days),
    )  # fmt: skip


def test_the_hourly_job_ends_all_that_has_run_out_batch_by_batch(customer: Customer) -> None:
    other, _ = get_or_create_customer(phone="0387654321", by="test")
    for number, owner in enumerate([customer, customer, other]):
        issue(owner, f"gone:{number}", days=9)
    alive = issue(other, "alive", days=20)

    assert expire_credits(wallets_max=1) == 3
    assert expire_credits(wallets_max=1) == 0

    assert list(VirtualCredit.objects.filter(status="ACTIVE")) == [alive]
    assert dict(Wallet.objects.values_list("customer", "virtual_vnd")) == {customer.pk: 0, other.pk: 50_000}
    assert list(JobRun.objects.order_by("id").values_list("job", "changed", "error")) == [
        ("expire-credits", 3, ""), ("expire-credits", 0, ""),
    ]  # fmt: skip
    assert verify_ledger() == []


def test_the_nightly_proof_leaves_a_row_and_names_faults(customer: Customer, caplog: pytest.LogCaptureFixture) -> None:
    assert verify_ledger_task() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wallets_wallet SET real_vnd = 5")

    assert verify_ledger_task() == 1
    assert verify_ledger_task() == 1

    assert [alert.text for alert in Alert.objects.all()] == [
        "Sổ ví có 1 lỗi. Hãy tạm ngừng chi tiền và xem `ledger_verify`."
    ]
    assert list(JobRun.objects.order_by("id").values_list("error", flat=True)) == ["", "1 faults", "1 faults"]
    assert "real balance is not the sum of the rows" in caplog.text
