"""A day that goes wrong for the webhook: lines it never tells, tells twice or late, and twins, which are both real."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from n2store.simulator.bank import Bank
from n2store.simulator.sepay import Account, Delivery, payload
from n2store.simulator.texts import Known

LATE_BY = (2, 40)
"""A late line comes after so many others, from least to most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddities:
    """How many lines are what. A twin equals the line before it in all but its id and the balance."""

    withheld: int = 0
    repeated: int = 0
    twins: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Who pays into which accounts, and when: the first line at `begin`, then one `every` so often."""

    known: Known
    accounts: Sequence[Account]
    first_id: int
    begin: datetime
    every: timedelta


@dataclass(frozen=True, slots=True)
class Story:
    """What the bank booked, and the posts of the webhook in their order. Withheld lines are booked and not posted."""

    bank: Bank
    posts: tuple[Delivery, ...]
    withheld: tuple[Delivery, ...]
    twins: tuple[tuple[Delivery, Delivery], ...]


class Told:
    """The posts of a story, one after the other, as a source of deliveries."""

    def __init__(self, story: Story) -> None:
        self._posts = iter(story.posts)

    def next(self, *, at: datetime) -> Delivery:
        """Return the next post; its moment is the story's."""
        return next(self._posts)


def tell(random: Random, world: World, *, lines: int, odd: Oddities) -> Story:
    """Make up a story of so many lines. None is odd in two ways, nor lost beside another, nor at an account's ends.

    Raises:
        ValueError: there are too few lines for so many oddities.
    """
    second_twins = _apart(random, range(1, lines), odd.twins, lambda place: place - 1)
    book = list(_booked(random, world, lines, set(second_twins)))
    before = _places_before(book)
    free = [place for place in before if not {place, place + 1} & set(second_twins)]
    withheld = _apart(random, free, odd.withheld, before.get)
    left = [place for place in free if place not in withheld]
    if len(left) < odd.repeated + odd.late:
        raise ValueError("There are too few lines for so many oddities.")
    picked = random.sample(left, odd.repeated + odd.late)
    repeated, late = picked[: odd.repeated], set(picked[odd.repeated :])

    def delayed(place: int) -> float:
        return place + random.randint(*LATE_BY) + 0.5

    due = [(delayed(place) if place in late else place, place) for place in range(lines) if place not in withheld]
    due += [(delayed(place), place) for place in repeated]
    bank, told = Bank(), []
    for fields, names in book:
        bank.add(fields)
        told.append(Delivery(fields["id"], json.dumps(fields, ensure_ascii=False).encode(), names))
    return Story(
        bank,
        posts=tuple(told[place] for _when, place in sorted(due)),
        withheld=tuple(told[place] for place in sorted(withheld)),
        twins=tuple((told[place - 1], told[place]) for place in sorted(second_twins)),
    )


_Booked = tuple[dict[str, Any], str | None]
"""A line, and whom its text names."""


def _booked(random: Random, world: World, lines: int, second_twins: set[int]) -> Iterator[_Booked]:
    """Return the lines of the bank's book, in their order. Twins name a customer, so both are to be credited."""
    weights = [account.weight for account in world.accounts]
    id, account = world.first_id, world.accounts[0]
    line: _Booked = ({}, None)
    for place in range(lines):
        at = world.begin + place * world.every
        if place in second_twins:
            account.balance_vnd += line[0]["transferAmount"]
            line = (line[0] | {"id": id, "accumulated": account.balance_vnd}, line[1])
        else:
            account = random.choices(world.accounts, weights)[0]
            line = _line(random, world.known, account, id, at, first_twin=place + 1 in second_twins)
        yield line
        id += random.randrange(1, 4)


def _line(random: Random, known: Known, account: Account, id: int, at: datetime, *, first_twin: bool) -> _Booked:
    balance_vnd = account.balance_vnd
    while True:
        fields, names = payload(random, id=id, account=account, known=known, at=at, clear=first_twin)
        if fields["transferType"] == "in" or not first_twin:
            return fields, names
        account.balance_vnd = balance_vnd


def _places_before(book: Sequence[_Booked]) -> dict[int, int]:
    """Return for each line that has others of its account on both sides the place of the one before it."""
    places: dict[str, list[int]] = {}
    for place, (fields, _names) in enumerate(book):
        places.setdefault(fields["accountNumber"], []).append(place)
    return {place: before for own in places.values() for before, place in pairwise(own[:-1])}


def _apart(random: Random, places: Iterable[int], count: int, before: Callable[[int], int | None]) -> set[int]:
    """Pick so many places at random, none of them before another.

    Raises:
        ValueError: there are too few.
    """
    mixed = list(places)
    random.shuffle(mixed)
    picked: set[int] = set()
    for place in mixed:
        if len(picked) < count and before(place) not in picked and not any(before(one) == place for one in picked):
            picked.add(place)
    if len(picked) < count:
        raise ValueError("There are too few lines for so many oddities.")
    return picked
