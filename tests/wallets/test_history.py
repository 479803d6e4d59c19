"""A wallet at any past moment agrees with what it was then, and with a replay of its rows in plain Python."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from customers.models import Customer
from tests.wallets.test_credit import DAY, NOON, issue, pay_in, spend
from wallets.ledger import InsufficientFunds, NotReversible
from wallets.models import CreditUse, Transaction, VirtualCredit, Wallet
from wallets.operations import adjust, cancel_credit, expire_credits, reverse
from wallets.proof.history import By, balance_asof

INSTANT = timedelta(microseconds=1)
Lots = dict[int, tuple[int, datetime]]


def lots_now() -> Lots:
    return {lot.pk: (lot.remaining_vnd, lot.expires_at) for lot in VirtualCredit.objects.filter(remaining_vnd__gt=0)}


def lots_of(past: dict[str, Any]) -> Lots:
    return {lot["id"]: (lot["remaining"], lot["expires_at"]) for lot in past["lots"]}


def replayed(at: datetime, time_of: str) -> tuple[int, int, int, dict[int, int]]:
    """Return real and virtual money, the last number and what lots held, from the rows alone."""
    real = virtual = last = 0
    lots: dict[int, int] = {}
    counted = [row for row in Transaction.objects.order_by("sequence") if getattr(row, time_of) <= at]
    for row in counted:
        real += row.real_after_vnd - row.real_before_vnd
        virtual += row.virtual_after_vnd - row.virtual_before_vnd
        last = row.sequence
        if row.type == "VIRTUAL_CREDIT":
            credit = VirtualCredit.objects.get(issue=row)
            lots[credit.pk] = lots.get(credit.pk, 0) + credit.original_vnd
        for use in CreditUse.objects.filter(transaction=row):
            lots[use.credit_id] = lots.get(use.credit_id, 0) - use.amount_vnd
    return real, virtual, last, {lot: left for lot, left in lots.items() if left}


def live_at_random(customer: Customer, chance: random.Random, steps: int) -> dict[datetime, tuple[int, int, int, Lots]]:
    """Move money at random; return after which row the wallet was what."""
    now, spent = NOON, []
    seen: dict[datetime, tuple[int, int, int, Lots]] = {}
    for step in range(steps):
        now += timedelta(hours=chance.randrange(0, 16))
        amount = chance.randrange(1, 60) * 1_000
        try:
            match chance.choice(
                ["deposit", "issue", "issue", "spend", "spend", "expire", "cancel", "reverse", "adjust"]
            ):
                case "deposit":
                    pay_in(customer, amount, f"d{step}", at=now - timedelta(hours=chance.randrange(0, 30)))
                case "issue":
                    issue(customer, amount, f"i{step}", days=chance.randrange(1, 4), at=now)
                case "spend":
                    spend(customer, amount, f"s{step}", now)
                    spent.append(f"s{step}")
                case "expire":
                    expire_credits(at=now, wallets_max=10)
                case "cancel" if VirtualCredit.objects.exists():
                    credit = chance.choice(list(VirtualCredit.objects.order_by("id")))
                    cancel_credit(credit=credit, reason="x", at=now, by="test")
                case "reverse" if spent:
                    for row in Transaction.objects.filter(key=spent.pop(chance.randrange(len(spent)))):
                        reverse(posted=row, reason="x", at=now, by="test")
                        wallet = Wallet.objects.get()
                        last = Transaction.objects.latest("sequence")
                        seen[last.created_at] = wallet.real_vnd, wallet.virtual_vnd, last.sequence, lots_now()
                case "adjust":
                    adjust(customer=customer, amount_vnd=-amount, key=f"a{step}", reason="x", at=now, by="test")
        except (InsufficientFunds, NotReversible):
            pass
        wallet, last_row = Wallet.objects.get(), Transaction.objects.order_by("sequence").last()
        if last_row:
            seen[last_row.created_at] = wallet.real_vnd, wallet.virtual_vnd, last_row.sequence, lots_now()
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_any_past_moment_is_what_it_was_and_what_its_rows_say(customer: Customer, seed: int) -> None:
    chance = random.Random(seed)
    seen = live_at_random(customer, chance, 150)
    booked = list(Transaction.objects.order_by("sequence").values_list("created_at", flat=True))

    for at, (real, virtual, sequence, lots) in seen.items():
        past = balance_asof(customer, at)
        assert (past["real"], past["virtual"], past["sequence"], lots_of(past)) == (real, virtual, sequence, lots)

    moments = [chance.choice(booked) + chance.choice([-INSTANT, timedelta(0), INSTANT]) for _ in range(60)]
    for at in [*moments, booked[0] - DAY, booked[-1] + DAY]:
        past = balance_asof(customer, at, explain=True)
        held = {lot["id"]: lot["remaining"] for lot in past["lots"]}
        assert (past["real"], past["virtual"], past["sequence"], held) == replayed(at, "created_at")
        assert [row["sequence"] for row in past["rows"]] == list(range(1, past["sequence"] + 1))


@pytest.mark.parametrize("seed", range(2))
def test_by_event_time_a_late_notice_counts_from_when_it_happened(customer: Customer, seed: int) -> None:
    chance = random.Random(seed)
    live_at_random(customer, chance, 100)
    happened = list(Transaction.objects.values_list("occurred_at", flat=True))

    for at in [chance.choice(happened) + chance.choice([-INSTANT, timedelta(0)]) for _ in range(40)]:
        past = balance_asof(customer, at, by=By.OCCURRED, explain=True)
        held = {lot["id"]: lot["remaining"] for lot in past["lots"]}
        assert (past["real"], past["virtual"], past["sequence"], held) == replayed(at, "occurred_at")


def test_now_is_what_the_wallet_says(customer: Customer) -> None:
    live_at_random(customer, random.Random(9), 80)
    wallet = Wallet.objects.get()

    past = balance_asof(customer, timezone.now())

    assert (past["real"], past["virtual"], past["sequence"]) == (
        wallet.real_vnd, wallet.virtual_vnd, wallet.last_sequence,
    )  # fmt: skip
    assert lots_of(past) == lots_now()


def test_a_lot_that_had_run_out_unnoticed_was_there_but_not_spendable(customer: Customer) -> None:
    pay_in(customer, 10_000)
    issue(customer, 50_000, days=2)

    past = balance_asof(customer, timezone.now())

    assert (past["total"], past["spendable"]) == (60_000, 10_000)


def test_a_revived_lot_has_its_old_expiry_before_it_was_revived(customer: Customer) -> None:
    issue(customer, 50_000, days=2)
    spend(customer, 20_000)
    between = Transaction.objects.latest("sequence").created_at
    reverse(posted=Transaction.objects.get(key="order:1"), reason="Hủy đơn", at=NOON + 4 * DAY, by="lan")

    [then] = balance_asof(customer, between)["lots"]
    [now] = balance_asof(customer, timezone.now())["lots"]

    assert (then["remaining"], then["expires_at"]) == (30_000, NOON + 2 * DAY)
    assert (now["remaining"], now["expires_at"]) == (50_000, NOON + 7 * DAY)


def test_before_the_first_row_there_was_nothing(customer: Customer) -> None:
    pay_in(customer, 10_000)

    past = balance_asof(customer, NOON - 9_000 * DAY, explain=True)

    assert {name: past[name] for name in ("real", "virtual", "total", "spendable", "sequence", "lots", "rows")} == {
        "real": 0, "virtual": 0, "total": 0, "spendable": 0, "sequence": 0, "lots": [], "rows": [],
    }  # fmt: skip


def test_a_moment_without_a_zone_is_refused(customer: Customer) -> None:
    with pytest.raises(ValueError, match="time zone"):
        balance_asof(customer, datetime(2026, 1, 16))  # noqa: DTZ001 -- the point of the test


def test_a_row_is_never_booked_before_the_one_before_it_although_the_clock_goes_back(customer: Customer) -> None:
    pay_in(customer, 10_000, "a")
    ahead = timezone.now() + DAY
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wallets_wallet SET updated_at = %s", [ahead])

    pay_in(customer, 10_000, "b")
    spend(customer, 5_000)

    assert list(Transaction.objects.order_by("sequence").values_list("created_at", flat=True))[1:] == [ahead, ahead]
    assert balance_asof(customer, ahead)["real"] == 15_000


def rows_read(cursor: Any) -> int:
    """Return how many rows of the ledger, and entries of its indexes, this transaction has read."""
    cursor.execute(
        "SELECT sum(pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid)) FROM pg_class c"
        " WHERE c.oid = 'wallets_transaction'::regclass OR c.oid IN"
        " (SELECT indexrelid FROM pg_index WHERE indrelid = 'wallets_transaction'::regclass)"
    )
    return int(cursor.fetchone()[0])


def test_among_ten_thousand_rows_the_moment_is_found_by_index(customer: Customer) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO wallets_transaction (wallet_id, sequence, type, amount_vnd, real_before_vnd, real_after_vnd,"
            " virtual_before_vnd, virtual_after_vnd, source, reference_type, reference_id, key, note, actor,"
            " occurred_at, created_at)"
            " SELECT w.id, n, 'DEPOSIT', 1000, (n - 1) * 1000, n * 1000, 0, 0, 'BANK_TRANSFER', '', '', 'k:' || n, '',"
            " 'test', now(), now() - (10001 - n) * interval '1 minute'"
            " FROM wallets_wallet w, generate_series(1, 10000) n"
        )
        cursor.execute("ANALYZE wallets_transaction")
        cursor.execute("SELECT created_at FROM wallets_transaction WHERE sequence = 6999")
        [at] = cursor.fetchone()
        before = rows_read(cursor)
        past = balance_asof(customer, at + INSTANT)
        read = rows_read(cursor) - before
        cursor.execute(
            "EXPLAIN SELECT created_at FROM wallets_transaction WHERE wallet_id = 1 AND sequence >= 5000"
            " ORDER BY sequence LIMIT 1"
        )
        plan = " ".join(line for (line,) in cursor.fetchall())

    assert (past["sequence"], past["real"]) == (6999, 6_999_000)
    assert "Index Scan using transaction_sequence_once" in plan
    assert read < 50


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("ledger_asof", *arguments)
    return capsys.readouterr().out


def test_the_command_tells_the_balance_and_explains_it(customer: Customer, capsys: pytest.CaptureFixture[str]) -> None:
    pay_in(customer, 100_000)
    issue(customer, 50_000, days=9_000)
    spend(customer, 70_000)

    text = told(capsys, "--customer", "+84 909 318 264", "--at", "2126-01-01 10:00", "--explain")

    assert "Chị Hoa (0909318264, customer" in text
    assert "at 2126-01-01 10:00:00 +0700" in text
    assert "real 80,000 + virtual 0 = 80,000 dong\nspendable 80,000 dong" in text
    assert [line.split()[0] for line in text.splitlines()[4:]] == ["1", "2", "3", "4"]


def test_the_command_gives_json_by_id_and_by_event_time(customer: Customer, capsys: pytest.CaptureFixture[str]) -> None:
    pay_in(customer, 100_000)

    at = ["--at", "2026-01-16T12:00"]  # Vietnam's noon is 05:00 in Greenwich.
    occurred = json.loads(told(capsys, "--customer", str(customer.pk), *at, "--by", "occurred", "--json"))
    booked = json.loads(told(capsys, "--customer", str(customer.pk), *at, "--json"))

    assert (occurred["real"], occurred["at"], occurred["by"]) == (100_000, "2026-01-16T05:00:00.000Z", "occurred")
    assert (booked["real"], booked["sequence"], booked["by"]) == (0, 0, "booked")
    assert Transaction.objects.get().created_at > datetime(2026, 1, 16, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("who", "at"),
    [
        ("0909318265", "2026-01-01"), ("999999", "2026-01-01"), ("abc", "2026-01-01"), ("+", "2026-01-01"),
        ("0909318264", "yesterday"), ("0909318264", ""), ("0909318264", "2026-02-30"),
        ("0909318264", "0001-01-01T00:00+14:00"),
    ],
)  # fmt: skip
def test_an_unknown_customer_or_an_unreadable_moment_ends_the_command(customer: Customer, who: str, at: str) -> None:
    with pytest.raises(CommandError):
        call_command("ledger_asof", "--customer", who, "--at", at)
