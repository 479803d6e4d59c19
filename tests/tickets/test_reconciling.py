"""A carrier's whole list: what each line means, and settling those that agree, once."""

from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from n2store.errors import DomainError
from n2store.models import AuditLog, Event
from tests.factories.tickets import ACCOUNTANT, CARE, OWNER, WAREHOUSE, ticket
from tests.threads import at_once
from tickets import reconciling
from tickets.authority import MayNotHandle
from tickets.carrier_lines import read
from tickets.deleting import delete
from tickets.models import Ticket, WriteOff
from tickets.reconciling import AmountDiffers, Verdict, judge, settle, settle_line
from wallets.models import Transaction

pytestmark = pytest.mark.django_db

AMOUNT = 350_000


def waiting(type: str = "BOOM", *, status: str = "PENDING_FINANCE", order_id: str = "", tracking: str = "") -> Ticket:
    return ticket(type, status=status, refund_amount=AMOUNT, order_id=order_id, tracking_code=tracking)


def verdicts(text: str) -> list[str]:
    return [one.verdict.value for one in judge(read(text))]


def settled(text: str) -> list[int]:
    """Settle as the screen does, and return which lines were."""
    lines = read(text)
    shown = {one.ticket.pk for one in judge(lines) if one.clean and one.ticket}
    return [one.line.number for one in settle(caller=ACCOUNTANT, lines=lines, shown=shown) if one.clean]


@pytest.mark.parametrize("name", ["code", "order_id", "tracking_code"])
@pytest.mark.parametrize("lower", [False, True])
def test_a_ticket_is_found_by_its_code_its_order_or_the_carriers_code(name: str, lower: bool) -> None:
    made = waiting("FIX_COD", order_id="NJD/2026/7", tracking="SPX00123VN")
    waiting(order_id="NJD/2026/70", tracking="SPX00123VNX")
    named = getattr(made, name)

    [one] = judge(read(f"{named.lower() if lower else named}\t350.000"))

    assert (one.verdict, one.ticket, one.open_vnd) == (Verdict.CLEAN, made, AMOUNT)


def test_what_each_line_would_do_is_told() -> None:
    clean, settled_before = waiting(), waiting(status="COMPLETED")
    goods, fresh, cancelled = waiting(status="PENDING_GOODS"), waiting(status="PENDING"), waiting(status="CANCELLED")
    back = ticket("RETURN_SHIPPER", status="PENDING_FINANCE", refund_amount=AMOUNT, order_id="NJD/R")
    waiting(order_id="NJD/2"), waiting("FIX_COD", order_id="NJD/2")  # Two of one order.
    gone = waiting()
    delete(caller=OWNER, ticket_id=gone.pk)
    text = "\n".join(
        f"{named}\t{amount}"
        for named, amount in [
            (clean.code, "350.000"), (clean.code, "350.000"), (settled_before.code, "350.000"), (goods.code, "350.000"),
            (fresh.code, "350.000"), (cancelled.code, "350.000"), (back.code, "350.000"), ("NJD/R", "350.000"),
            ("NJD/2", "350.000"), (gone.code, "350.000"), ("TV-2026-99999", "350.000"), ("NJD/1", ""),
        ]
    )  # fmt: skip

    assert verdicts(text) == [
        "clean", "repeated", "settled", "not_waiting", "not_waiting", "not_waiting", "not_carriers", "not_carriers",
        "several", "unknown", "unknown", "unreadable",
    ]  # fmt: skip


@pytest.mark.parametrize("amount", ["349.999", "350.001", "35.000", "3.500.000", "700.000"])
def test_another_amount_is_not_settled(amount: str) -> None:
    made = waiting()

    assert verdicts(f"{made.code} {amount}") == ["differs"]
    assert settled(f"{made.code} {amount}") == []


def test_what_was_written_off_is_not_owed_to_the_carrier_any_more() -> None:
    made = waiting()
    WriteOff.objects.create(ticket=made, party="carrier", amount_vnd=50_000, reason="Thỏa thuận", actor="ketoan")

    assert verdicts(f"{made.code} 350.000\n{made.code} 300.000") == ["differs", "repeated"]
    assert settled(f"{made.code} 300.000") == [1]


def test_a_cancelled_ticket_or_a_return_of_the_order_does_not_make_the_line_doubtful() -> None:
    made = waiting(order_id="NJD/3")
    waiting("FIX_COD", status="CANCELLED", order_id="NJD/3")
    ticket("RETURN_SHIPPER", status="PENDING_GOODS", refund_amount=1_000, order_id="NJD/3")

    [one] = judge(read("NJD/3 350.000"))

    assert (one.verdict, one.ticket) == (Verdict.CLEAN, made)


def test_two_settled_tickets_of_an_order_are_settled_and_one_of_two_is_doubtful() -> None:
    waiting(status="COMPLETED", order_id="NJD/4")
    later = waiting("FIX_COD", order_id="NJD/4")
    assert verdicts("NJD/4 350.000") == ["several"]  # The list that settled the first settles no second one.

    settle_line(caller=ACCOUNTANT, ticket_id=later.pk, line=read(f"{later.code} 350.000")[0])

    assert verdicts("NJD/4 350.000") == ["settled"]


def of(phone: str, amount_vnd: int = AMOUNT, **given: str) -> Ticket:
    return ticket("BOOM", status="PENDING_FINANCE", phone=phone, refund_amount=amount_vnd, **given)


def test_where_no_code_is_known_the_phone_says_whose_parcel_it_is() -> None:
    one, named = of("0909318270"), of("0909318271", order_id="NJD/8")
    first, second = of("0909318272", 100_000), of("0909318272", 200_000)
    of("0909318273"), of("0909318273")
    waiting(status="PENDING_GOODS")

    judged = judge(
        read(
            "Lan\t0909318270\t350.000\nNJD/8\t0909318270\t350.000\n0909318272 200.000\n0909318272 100.000\n"
            "0909318272 150.000\n0909318273 350.000\n0909318264 350.000\n0909318299 350.000\n0909318270 349.000"
        )
    )

    assert [(line.verdict.value, line.ticket) for line in judged] == [
        ("clean", one), ("clean", named), ("clean", second), ("clean", first), ("several", None), ("several", None),
        ("unknown", None), ("unknown", None), ("repeated", one),
    ]  # fmt: skip
    assert [line.by_phone for line in judged[:3]] == [True, False, True]
    assert settled("Lan 0909318270 350.000") == [1]
    assert verdicts("Lan 0909318270 350.000") == ["unknown"]


def test_clean_lines_are_settled_and_remember_who_when_and_which_line() -> None:
    first, second, other = waiting(order_id="NJD/5"), waiting("FIX_COD", tracking="SPX1"), waiting()
    text = f"Mã\tTiền\nNJD/5\t350.000\nSPX1\t350,000\n{other.code}\t1.000"

    assert settled(text) == [2, 3]

    for made, line in ((first, "dòng 2: NJD/5\t350.000"), (second, "dòng 3: SPX1\t350,000")):
        made.refresh_from_db()
        assert (made.status, made.completed_at, made.waits_for) == ("COMPLETED", made.settled_at, "nobody")
        assert (made.history[-1]["action"], made.history[-1]["performed_by"]) == ("settle", "ketoan")
        assert line in made.history[-1]["note"]
        assert Event.objects.filter(name="ticket.completed", payload__ticket_code=made.code).count() == 1
        assert line in AuditLog.objects.get(action="ticket.resolve", subject=f"ticket:{made.code}").detail
    other.refresh_from_db()
    assert (other.status, other.settled_at) == ("PENDING_FINANCE", None)
    [whole] = AuditLog.objects.filter(action="ticket.settle_list")
    assert (whole.actor, whole.after) == ("ketoan", {"lines": 3, "settled": 2, "amount": 700_000})
    assert not Transaction.objects.exists()  # Paying a carrier moves nobody's wallet.


def test_the_same_list_again_settles_nothing_twice() -> None:
    made = waiting()
    text = f"{made.code}\t350.000\n{made.code}\t350.000"

    assert settled(text) == [1]
    before = Ticket.objects.get(pk=made.pk)

    assert settled(text) == []
    after = Ticket.objects.get(pk=made.pk)
    assert (after.history, after.settled_at) == (before.history, before.settled_at)
    assert verdicts(text) == ["settled", "settled"]
    assert AuditLog.objects.filter(action="ticket.settle_list").count() == 1


def test_what_was_not_shown_as_clean_is_not_settled() -> None:
    shown, late = waiting(), waiting(status="PENDING_GOODS")
    lines = read(f"{shown.code} 350.000\n{late.code} 350.000")
    Ticket.objects.filter(pk=late.pk).update(status="PENDING_FINANCE")  # The goods came between look and click.

    outcome = settle(caller=ACCOUNTANT, lines=lines, shown={shown.pk})

    assert [one.ticket.status for one in outcome if one.ticket] == ["PENDING_FINANCE"] * 2
    assert list(Ticket.objects.order_by("pk").values_list("status", flat=True)) == ["COMPLETED", "PENDING_FINANCE"]


def test_a_ticket_that_changed_between_look_and_lock_refuses_and_the_others_go_on(monkeypatch) -> None:
    first, second = waiting(), waiting()
    lines = read(f"{first.code} 350.000\n{second.code} 350.000")
    looked = judge(lines)
    Ticket.objects.filter(pk=first.pk).update(refund_vnd=340_000)
    monkeypatch.setattr(reconciling, "judge", lambda _lines: looked)  # What was read a moment ago.

    one, other = settle(caller=ACCOUNTANT, lines=lines, shown={first.pk, second.pk})

    assert isinstance(one.refused, AmountDiffers)
    assert other.refused is None
    assert list(Ticket.objects.order_by("pk").values_list("status", flat=True)) == ["PENDING_FINANCE", "COMPLETED"]


@pytest.mark.parametrize("caller", [CARE, WAREHOUSE])
def test_only_who_settles_money_may(caller) -> None:
    made = waiting()
    [line] = read(f"{made.code} 350.000")

    with pytest.raises(MayNotHandle):
        settle(caller=caller, lines=[line], shown={made.pk})
    with pytest.raises(MayNotHandle):
        settle_line(caller=caller, ticket_id=made.pk, line=line)
    assert Ticket.objects.get().status == "PENDING_FINANCE"


@pytest.mark.parametrize("count", [1, 3, 60])
def test_looking_costs_the_same_however_long_the_list_is(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lines = read("\n".join(f"{waiting(order_id=f'NJD/{number}').code} 350.000" for number in range(count)))

    with django_assert_num_queries(4):
        judged = judge(lines)

    assert Counter(one.verdict for one in judged) == {Verdict.CLEAN: count}


def test_a_long_list_is_found_by_index() -> None:
    owner = waiting().customer_id
    for first in (0, 1_000):
        Ticket.objects.bulk_create(
            Ticket(
                code=f"TV-2025-{number:05}", customer_id=owner, type="BOOM", order_id=f"NJD/{number}",
                tracking_code=f"SPX{number}", actor="import",
            )
            for number in range(first, first + 1_000)
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_ticket")
    kept = Ticket.objects.kept()

    plans = [
        kept.exclude(order_id="").filter(order_id__in=[f"NJD/{number}" for number in range(200)]).explain(),
        kept.exclude(tracking_code="").filter(tracking_code__in=[f"SPX{number}" for number in range(200)]).explain(),
    ]

    assert ["ticket_of_order" in plans[0], "ticket_of_parcel" in plans[1]] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_eight_who_settle_the_same_list_at_once_settle_each_line_once() -> None:
    made = [waiting() for _ in range(5)]
    lines = read("\n".join(f"{one.code} 350.000" for one in made))
    shown = {one.pk for one in made}

    outcomes = at_once(lambda _: settle(caller=ACCOUNTANT, lines=lines, shown=shown), range(8))

    won = [one for outcome in outcomes for one in outcome if one.clean and one.refused is None]
    assert sorted(one.ticket.pk for one in won if one.ticket) == sorted(shown)
    assert all(isinstance(one.refused, DomainError | None) for outcome in outcomes for one in outcome)
    for one in Ticket.objects.all():
        assert [line["action"] for line in one.history].count("settle") == 1
    assert Event.objects.filter(name="ticket.completed").count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_list_broken_off_half_way_is_finished_by_pasting_it_again(monkeypatch) -> None:
    made = [waiting() for _ in range(4)]
    text = "\n".join(f"{one.code} 350.000" for one in made)
    done = reconciling.settle_line

    def breaks(**given: object) -> None:
        if given["ticket_id"] == made[2].pk:
            raise KeyboardInterrupt
        done(**given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(reconciling, "settle_line", breaks)
        settled(text)
    at = timezone.now()

    assert verdicts(text) == ["settled", "settled", "clean", "clean"]
    assert settled(text) == [3, 4]
    assert Ticket.objects.filter(settled_at__lt=at).count() == 2
