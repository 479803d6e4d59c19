"""What the demo shop shows: made once, whole, with a past, and something of every kind to look at."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max, Min
from django.test import override_settings
from django.utils import timezone, translation
from pytest_django import DjangoDbBlocker, Settings

from banking.continuity import watch
from banking.continuity.chain import chain
from banking.continuity.watch import line_of
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
from customers.fraud.engine import sweep
from customers.fraud.rules import all_rules
from customers.models import (
    Activity,
    ActivityType,
    CaseStatus,
    Customer,
    FraudCase,
    Note,
    Order,
    OrderStatus,
    RfmScore,
    Tier,
    TierCause,
    TierChange,
)
from customers.orders.queries import wrong_figures
from customers.rfm.scoring import recalculate
from customers.rfm.segments import NAMES as SEGMENTS
from n2store.demo import bank_desk, shop, suspects
from n2store.demo.customers import CUSTOMERS
from n2store.models import Event
from tickets import tally
from tickets.lateness import late
from tickets.lists import Wanted, listed
from tickets.models import Priority, ReturnOrder, Ticket, TicketStatus, TicketType, WriteOff
from tickets.orders import QUEUE
from tickets.workflow import OPEN
from wallets.models import PendingStatus, PendingWithdrawal, Transaction, TransactionType, VirtualCredit, Wallet
from wallets.proof.history import By, balance_asof
from wallets.queries import verify_ledger
from wallets.receipts import receipts_of

TABLES = (Customer, Activity, Wallet, Transaction, Delivery, BankTransfer, QrCode, Event, User)


TIERS = {Tier.PLATINUM, Tier.GOLD, Tier.SILVER, Tier.NEW, Tier.BLACKLIST}


@pytest.fixture(scope="module")
def opened(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The demo shop, made once for all tests that look at it; each changes it in a savepoint of its own."""
    home = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(N2STORE_HOME=home):
        call_command("demo")
        yield home
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_demo_is_made_once_and_its_ledger_is_whole(opened: Path) -> None:
    counts = [table.objects.count() for table in TABLES]
    told = (opened / "logins.txt").read_text()

    call_command("demo")

    assert verify_ledger() == []
    assert [table.objects.count() for table in TABLES] == counts
    assert (opened / "logins.txt").read_text() == told
    assert Customer.objects.count() == CUSTOMERS
    besides = bank_desk.QUESTIONS + len(bank_desk.HOSTILE) + suspects.TRANSFERS
    assert BankTransfer.objects.count() == shop.TRANSFERS + besides
    unlinked = BankTransfer.objects.filter(direction=Direction.IN, customer=None).count()
    assert 0 < unlinked < shop.TRANSFERS / 8
    assert BankTransfer.objects.filter(direction=Direction.OUT).exists()
    methods = {"", "qr_code", "exact_phone", "single_match", "pending_match", "manual_entry"}
    assert {*BankTransfer.objects.values_list("match_method", flat=True)} == methods
    span = BankTransfer.objects.aggregate(first=Min("transferred_at"), last=Max("transferred_at"))
    assert (span["last"] - span["first"]).days > 150
    assert span["last"] <= timezone.now()


@pytest.mark.django_db
def test_the_demos_customers_spend_and_its_ledger_has_a_past(opened: Path) -> None:

    rows = Transaction.objects
    assert {*rows.values_list("type", flat=True)} == {*TransactionType.values}
    assert {*VirtualCredit.objects.values_list("status", flat=True)} >= {"ACTIVE", "USED", "EXPIRED"}
    assert rows.filter(created_at__lt=timezone.now() - timedelta(days=100)).exists()
    assert not rows.filter(created_at__lt=F("occurred_at")).exists()
    dates = [*rows.order_by("wallet", "sequence").values_list("wallet", "created_at")]
    assert dates == sorted(dates)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(amount_vnd=1)


@pytest.mark.django_db
def test_the_demos_staff_left_notes_a_blacklist_and_orders_in_every_state(opened: Path) -> None:

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
def test_the_demos_desk_has_work_of_every_kind_and_one_line_is_lost(opened: Path, settings: Settings) -> None:
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
def test_the_demos_orders_judge_its_customers_now_and_in_the_nights_to_come(opened: Path) -> None:
    now = timezone.now()

    assert wrong_figures() == []
    for night in range(4):
        if night:
            recalculate(by="test", at=now + timedelta(days=night))
        assert {*Customer.objects.values_list("tier", flat=True)} == TIERS
        assert {*RfmScore.objects.values_list("segment", flat=True)} == {*SEGMENTS}
    assert {*Order.objects.values_list("status", flat=True)} == {*OrderStatus.values} - {OrderStatus.OPEN}
    assert TierChange.objects.filter(at__lt=now - timedelta(days=60), cause=TierCause.SCORE).exists()
    placed = Activity.objects.filter(type=ActivityType.ORDER_CREATED, created_at__lt=now - timedelta(days=60))
    assert placed.exists()
    paid = Transaction.objects.filter(type="WITHDRAW", reference_type="order", note__startswith="Thanh toán công nợ")
    waiting = PendingWithdrawal.objects.values("order_id")
    codes = {*paid.exclude(reference_id__in=waiting).values_list("reference_id", flat=True)}
    assert codes <= {*Order.objects.values_list("external_code", flat=True)}


@pytest.mark.django_db
def test_the_demo_has_open_cases_of_every_rule_and_decided_ones(opened: Path) -> None:

    rules = {rule.name for rule in all_rules()}
    assert {*FraudCase.objects.filter(status=CaseStatus.OPEN).values_list("rule", flat=True)} == rules
    assert {*FraudCase.objects.values_list("status", flat=True)} == {*CaseStatus.values}
    listed = FraudCase.objects.filter(rule="return_rate", status=CaseStatus.OPEN).values_list("customer__tier")
    assert {*listed} == {(Tier.BLACKLIST,)}
    before = FraudCase.objects.count()
    for rule in all_rules():
        sweep(rule, now=timezone.now() + timedelta(days=1))
    assert FraudCase.objects.count() == before


@pytest.mark.django_db
def test_the_demos_tickets_are_late_in_every_type_and_state_and_hold_each_rare_thing(opened: Path) -> None:
    now, kept = timezone.now(), Ticket.objects.kept()

    found = kept.filter(late(now)).values_list("type", "status")
    assert {type for type, _status in found} == {*TicketType.values}
    assert {status for _type, status in found} == {*OPEN}
    assert {*kept.values_list("status", flat=True)} == {*TicketStatus.values}
    queue = json.loads(listed(Wanted(), limit=200, order=QUEUE).data)
    tiers = [ticket["customer_tier"] == Tier.PLATINUM for ticket in queue]
    assert True in tiers
    assert tiers == sorted(tiers, reverse=True)
    assert kept.filter(priority=Priority.HIGH, carrier_deadline_at__gt=now).exists()
    assert WriteOff.objects.filter(ticket__status=TicketStatus.COMPLETED).exists()
    deleted = Ticket.objects.exclude(deleted_at=None).get()
    assert deleted.compensations.get().revoked_at is not None
    assert kept.exclude(order_id="").values("order_id").annotate(n=Count("id")).filter(n__gt=1).exists()
    assert {*ReturnOrder.objects.values_list("returned", flat=True)} == {True, False}
    assert tally.wrong() == []
    assert kept.filter(created_at__lt=now - timedelta(days=90), completed_at__lt=now - timedelta(days=60)).exists()
    for ticket in kept.filter(status=TicketStatus.COMPLETED):
        moments = [line["performed_at"] for line in ticket.history]
        assert moments == sorted(moments)
        assert ticket.completed_at >= ticket.created_at


@pytest.mark.django_db
def test_every_row_of_the_demos_ledger_reads_well(opened: Path) -> None:
    rows = list(Transaction.objects.all())

    for language, unread in (("vi", "The customer"), ("en", "Khách chuyển")):
        with translation.override(language):
            sentences = receipts_of(rows)
        assert len(sentences) == len(rows) > 1_000
        assert [text for text in sentences.values() if unread in text or "{" in text or "None" in text] == []


@pytest.mark.django_db
def test_random_moments_of_the_demos_ledger_agree_with_a_replay_of_its_rows(opened: Path) -> None:
    chance, instant = random.Random(7), timedelta(microseconds=1)
    rows = list(Transaction.objects.select_related("wallet__customer").order_by("pk"))

    for row in chance.sample(rows, 40):
        customer = row.wallet.customer
        theirs = [other for other in rows if other.wallet_id == row.wallet_id]
        for by, time_of in ((By.BOOKED, "created_at"), (By.OCCURRED, "occurred_at")):
            at = getattr(row, time_of) + chance.choice([-instant, timedelta(0), instant])
            past = balance_asof(customer, at, by=by)
            assert past["total"] == sum(other.amount_vnd for other in theirs if getattr(other, time_of) <= at)


@pytest.mark.django_db
def test_the_demos_bank_lines_break_once_where_one_is_lost(opened: Path) -> None:
    accounts = set(BankTransfer.objects.values_list("account_number", flat=True))
    chains = [chain(map(line_of, BankTransfer.objects.filter(account_number=account))) for account in accounts]

    assert [len(found.breaks) for found in chains if found and found.breaks] == [1]
