"""Opens the demo shop in an empty database: everything in one transaction, money through the real operations only."""

import heapq
import itertools
import json
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from django.db import connection, transaction

from banking.models import Delivery, Provider
from banking.operations import map_qr_code, take_sepay_notice
from banking.sepay.parser import parse
from customers.models import Customer
from customers.operations import get_or_create_customer
from n2store.clock import VIETNAM
from n2store.demo import bank_desk, counter, service, suspects
from n2store.demo.customers import CUSTOMERS, Person, invented
from n2store.demo.habits import HABITS, SENDS_BACK, SENT_BACK
from n2store.demo.leftovers import Leftovers
from n2store.demo.money import CORRECTIONS, GIFTS, Till
from n2store.demo.orders import Fate, OrderBook
from n2store.demo.past import Past
from n2store.simulator import sepay, texts
from wallets.operations import expire_credits

SEED = 75918
FIRST_SEPAY_ID = 88_400_117
TRANSFERS = 2_400
HISTORY_DAYS = 180
QR_SHARE = 0.6
CLEAR_SHARE = 0.65
"""Of the transfers, so many surely name their customer; the others may not, and some wait for a person."""
DATE_BACK = Path(__file__).with_name("date_back.sql")
LOCK = 0x6E32_64656D6F
"""Held while the shop is being made, so that two commands at once make one."""

# When people pay: the live sale is in the evening, from eight to eleven.
HOURS_WEIGHTS = (2, 1, 0, 0, 0, 1, 2, 4, 6, 7, 7, 6, 5, 5, 6, 6, 6, 7, 8, 10, 22, 28, 24, 10)


class NotEmpty(Exception):
    """There is a shop already, and it is not the demo shop: nothing is mixed into it."""


def exists() -> bool:
    """Tell whether the demo shop is there."""
    return Delivery.objects.filter(provider=Provider.SEPAY, external_id=FIRST_SEPAY_ID).exists()


@transaction.atomic
def open_shop(*, now: datetime) -> bool:
    """Make customers, QR codes and history up to `now`, unless the demo shop is there; return whether it was made.

    Raises:
        NotEmpty: the database has customers of its own.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if exists():
        return False
    if Customer.objects.exists():
        raise NotEmpty("There are customers already, and they are not the demo's: nothing was added.")
    random = Random(SEED)  # noqa: S311 -- made-up people, the same for everyone
    people = invented(random, now=now)
    customers = [_add(person) for person in people]
    Customer.objects.bulk_update(
        customers, ["status", "email", "address", "tags", "aliases", "internal_note", "created_at"]
    )
    codes = {}
    for person, customer in zip(people, customers, strict=True):
        if random.random() < QR_SHARE:
            codes[person.phone] = map_qr_code(code=texts.qr_code(random), customer=customer).code
    past = Past()
    service.set_patience()
    _play_history(random, people, customers, codes, past, now=now)
    service.run_clocks(past, now=now)
    counter.hold_for_orders(now=now)
    bank_desk.work(customers, now=now)
    past.write_down()
    with connection.cursor() as cursor:
        cursor.execute(DATE_BACK.read_text(encoding="utf-8"))
    suspects.look(now=now)
    return True


def _add(person: Person) -> Customer:
    customer, _created = get_or_create_customer(phone=person.phone, name=person.name, by="demo")
    customer.status = person.status
    customer.email, customer.address = person.email, person.address
    customer.tags, customer.aliases = person.tags, person.aliases
    customer.internal_note, customer.created_at = person.internal_note, person.since
    return customer


def _play_history(
    random: Random, people: list[Person], customers: list[Customer], codes: dict[str, str], past: Past, *, now: datetime
) -> None:
    """Let the banks tell of every transfer, people spend what they have, parcels go out, and some go wrong; in order.

    A transfer names whom it is from as the simulator writes it.
    """
    accounts = sepay.shop_accounts()
    weights = [account.weight for account in accounts]
    since = [person.since for person in people]
    shares = list(itertools.accumulate(person.weight for person in people))
    ids, timeline = itertools.count(FIRST_SEPAY_ID, 7), Timeline()
    book, desk = OrderBook(), service.Desk(past, timeline.add, now=now)
    till = Till(random, book)
    by_id = {customer.pk: (person, customer) for person, customer in zip(people, customers, strict=True)}

    def transfer(at: datetime) -> None:
        payer = random.choices(people[: came(at)], cum_weights=shares[: came(at)])[0]
        known = texts.Known([payer.phone], [codes[payer.phone]] if payer.phone in codes else [])
        account = random.choices(accounts, weights)[0]
        clear = random.random() < CLEAR_SHARE
        fields, _names = sepay.payload(random, id=next(ids), account=account, known=known, at=at, clear=clear)
        body = json.dumps(fields, ensure_ascii=False)
        taken = take_sepay_notice(parse(body.encode()), body=body)
        owner = by_id.get(taken.customer_id or 0)
        if owner is not None and (ordered_at := till.order_after(at, now=now)):
            timeline.add(ordered_at, lambda at: order(*owner, at))

    def order(person: Person, customer: Customer, at: datetime) -> None:
        sale = till.pay_order(person, customer, at)
        if sale is not None:
            desk.follow(sale)

    def came(at: datetime) -> int:
        return bisect_right(since, at)

    def somebody(at: datetime) -> Customer:
        return customers[random.choices(range(came(at)), cum_weights=shares[: came(at)])[0]]

    moments = list(_moments(random, now=now))
    for at in moments:
        timeline.add(at, transfer)
    for at in till.moments(GIFTS, first=moments[0], now=now):
        timeline.add(at, lambda at: till.give(somebody(at), at))
    for at in till.moments(CORRECTIONS, first=moments[0], now=now):
        timeline.add(at, lambda at: till.correct(somebody(at), at))
    bank = bank_desk.Bank(accounts, ids)
    suspected = [(person.suspicion, customer) for person, customer in by_id.values() if person.suspicion]
    for at, act in [
        *bank_desk.moments(bank, customers, now=now),
        *suspects.movements(bank, suspected, now=now),
        *counter.Desk().moments(people, customers, now=now),
        *_orders_by_habit(people, book, desk, now=now),
    ]:
        timeline.add(at, act)
    Leftovers(desk, book).begin(timeline.add, now=now)
    for at in book.telling_moments(first=moments[0], now=now):
        timeline.add(at, partial(book.tell, past))
    timeline.play()
    expire_credits(at=now, wallets_max=CUSTOMERS)


def _orders_by_habit(
    people: list[Person], book: OrderBook, desk: service.Desk, *, now: datetime
) -> Iterator[counter.Moment]:
    """Return when people with a habit or a suspicion order, and what becomes of it."""

    def order(person: Person, total_vnd: int, fate: Fate, at: datetime) -> None:
        desk.follow(book.place(person, at, total_vnd=total_vnd, fate=fate))

    for person in people:
        for days, total_vnd in HABITS.get(person.habit, ()):
            yield now - timedelta(days=days), partial(order, person, total_vnd, Fate.KEPT)
        if person.suspicion == SENDS_BACK:
            for days, fate in SENT_BACK:
                yield now - timedelta(days=days), partial(order, person, 385_000, Fate(fate))


class Timeline:
    """What happens when; doing one thing may add others."""

    def __init__(self) -> None:
        self._coming: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._count = itertools.count()

    def add(self, at: datetime, act: Callable[[datetime], None]) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._coming, (at, next(self._count), act))

    def play(self) -> None:
        """Do everything in its order."""
        while self._coming:
            at, _, act = heapq.heappop(self._coming)
            act(at)


def _moments(random: Random, *, now: datetime) -> Iterator[datetime]:
    """Return when each transfer was made: more of late, most of them in the evening, none in the future."""
    today = now.astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[datetime] = []
    while len(found) < TRANSFERS:
        day = today - timedelta(days=int(HISTORY_DAYS * random.random() ** 1.3))
        hour = random.choices(range(24), HOURS_WEIGHTS)[0]
        at = day + timedelta(hours=hour, seconds=random.randrange(3600))
        if at < now:
            found.append(at)
    yield from sorted(found)
