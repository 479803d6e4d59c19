"""The demo shop: made once, whole, and with logins that nobody could guess."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Min
from django.utils import timezone
from pytest_django import Settings

from banking.continuity import watch
from banking.models import (
    BankTransfer,
    Delivery,
    Direction,
    FailedDelivery,
    Incident,
    PendingMatch,
    QrCode,
    Undo,
    Verification,
)
from customers.blacklist import marked_by
from customers.models import Activity, Customer, Note, Tier
from customers.operations import get_or_create_customer
from n2store.demo import bank_desk, logins, shop
from n2store.demo.customers import CUSTOMERS
from n2store.models import Event
from n2store.roles import Role, roles_of
from wallets.models import PendingStatus, PendingWithdrawal, Transaction, TransactionType, VirtualCredit, Wallet
from wallets.queries import verify_ledger

TABLES = (Customer, Activity, Wallet, Transaction, Delivery, BankTransfer, QrCode, Event, User)


@pytest.mark.django_db
def test_the_demo_is_made_once_and_its_ledger_is_whole(tmp_path: Path, settings: Settings) -> None:
    settings.N2STORE_HOME = tmp_path
    call_command("demo")
    counts = [table.objects.count() for table in TABLES]
    told = (tmp_path / "logins.txt").read_text()

    call_command("demo")

    assert verify_ledger() == []
    assert [table.objects.count() for table in TABLES] == counts
    assert (tmp_path / "logins.txt").read_text() == told
    assert Customer.objects.count() == CUSTOMERS
    assert BankTransfer.objects.count() == shop.TRANSFERS + bank_desk.QUESTIONS + len(bank_desk.HOSTILE)
    unlinked = BankTransfer.objects.filter(direction=Direction.IN, customer=None).count()
    assert 0 < unlinked < shop.TRANSFERS / 8
    assert BankTransfer.objects.filter(direction=Direction.OUT).exists()
    methods = {"", "qr_code", "exact_phone", "single_match", "pending_match", "manual_entry"}
    assert {*BankTransfer.objects.values_list("match_method", flat=True)} == methods
    span = BankTransfer.objects.aggregate(first=Min("transferred_at"), last=Max("transferred_at"))
    assert (span["last"] - span["first"]).days > 150
    assert span["last"] <= timezone.now()


@pytest.mark.django_db
def test_the_demos_customers_spend_and_its_ledger_has_a_past(tmp_path: Path, settings: Settings) -> None:
    settings.N2STORE_HOME = tmp_path
    call_command("demo")

    rows = Transaction.objects
    assert {*rows.values_list("type", flat=True)} == {*TransactionType.values} - {"VIRTUAL_CANCEL"}
    assert {*VirtualCredit.objects.values_list("status", flat=True)} >= {"ACTIVE", "USED", "EXPIRED"}
    assert rows.filter(created_at__lt=timezone.now() - timedelta(days=100)).exists()
    assert not rows.filter(created_at__lt=F("occurred_at")).exists()
    dates = [*rows.order_by("wallet", "sequence").values_list("wallet", "created_at")]
    assert dates == sorted(dates)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(amount_vnd=1)


@pytest.mark.django_db
def test_the_demos_staff_left_notes_a_blacklist_and_orders_in_every_state(tmp_path: Path, settings: Settings) -> None:
    settings.N2STORE_HOME = tmp_path
    call_command("demo")

    assert {*Note.objects.values_list("pinned", flat=True)} == {True, False}
    assert Note.objects.filter(created_at__lt=timezone.now() - timedelta(days=30)).exists()
    assert {*PendingWithdrawal.objects.values_list("status", flat=True)} == {*PendingStatus.values} - {"PROCESSING"}
    assert PendingWithdrawal.objects.filter(status="CANCELLED", released_at__isnull=False).exists()
    assert not PendingWithdrawal.objects.filter(last_attempt_at__gt=timezone.now()).exists()
    assert verify_ledger() == []
    listed = Customer.objects.filter(tier=Tier.BLACKLIST)
    assert listed.count() > 1
    assert all(line is not None and line.detail for line in map(marked_by, listed))


@pytest.mark.django_db
def test_the_demos_desk_has_work_of_every_kind_and_one_line_is_lost(tmp_path: Path, settings: Settings) -> None:
    settings.N2STORE_HOME = tmp_path
    call_command("demo")
    later = timezone.now() + timedelta(seconds=settings.CONTINUITY_GRACE_S + 1)

    found = watch.check_all(now=later)

    assert {*PendingMatch.objects.values_list("status", flat=True)} >= {"pending", "skipped"}
    assert PendingMatch.objects.filter(status="pending", candidates__1__isnull=False).count() > 1
    states = {*BankTransfer.objects.values_list("verification", flat=True)}
    assert states == {*Verification.values}
    assert BankTransfer.objects.filter(verification="PENDING_VERIFICATION", customer__isnull=False).exists()
    assert {*Undo.objects.values_list("status", flat=True)} == {"waiting", "done"}
    assert {*FailedDelivery.objects.values_list("status", flat=True)} == {"pending", "failed"}
    assert len(found.opened) == Incident.objects.count() == 1
    assert verify_ledger() == []


@pytest.mark.django_db
def test_nothing_is_mixed_into_a_shop_of_somebodys_own(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.N2STORE_HOME = tmp_path
    get_or_create_customer(phone="0909318264", name="Chị Hoa", by="test")

    call_command("demo")

    assert "nothing was added" in capsys.readouterr().out
    assert Customer.objects.count() == 1
    assert not User.objects.exists()
    assert not (tmp_path / "logins.txt").exists()


@pytest.mark.django_db
def test_each_role_has_a_login_told_only_to_the_owner_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "logins.txt"

    assert logins.ensure(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    roles = set()
    for line in path.read_text().splitlines():
        name, password = line.split()[:2]
        user = User.objects.get(username=name)
        assert user.check_password(password)
        assert user.is_staff
        assert not user.is_superuser
        roles |= roles_of(user)
    assert roles == set(Role)
    assert not logins.ensure(path)


@pytest.mark.django_db
def test_a_lost_file_gives_new_passwords_and_a_lost_user_its_old_one(tmp_path: Path) -> None:
    path = tmp_path / "logins.txt"
    logins.ensure(path)
    told = path.read_text()
    User.objects.get(username="kho").delete()

    logins.ensure(path)

    assert path.read_text() == told
    assert User.objects.get(username="kho").check_password(told.split("kho")[1].split()[0])
    path.unlink()
    logins.ensure(path)
    assert path.read_text() != told
    assert User.objects.get(username="kho").check_password(path.read_text().split("kho")[1].split()[0])
