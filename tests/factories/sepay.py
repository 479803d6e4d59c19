"""The simulated list of SePay, settings that lead to it, and lines of a bank's book."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.core.cache import cache
from django.test import override_settings

from n2store.clock import VIETNAM
from n2store.simulator import sepay, sepay_list
from n2store.simulator.bank import Bank
from n2store.simulator.scenario import Oddities, Story, World, tell
from n2store.simulator.texts import Known
from tests.factories.banking import delivery

ACCOUNT = "75918"
MORNING = datetime(2026, 1, 16, 9, tzinfo=VIETNAM)
FAST = 1_000.0
"""Questions a second: tests do not wait, where the pace is not what they are about."""


@contextmanager
def playing_list(
    bank: Bank | None = None, *, timeout_s: float = 5.0, calls_per_s: float = FAST, strict: bool = False
) -> Iterator[sepay_list.SepayList]:
    """Serve the list of a book; only `strict` refuses more than three questions a second."""
    playing = sepay_list.SepayList(bank=Bank() if bank is None else bank, calls_per_s_max=3 if strict else 10_000)
    with (
        playing.serving() as book,
        override_settings(
            SEPAY_API_URL=book.url, SEPAY_API_TOKEN=sepay_list.TOKEN, SEPAY_API_TIMEOUT_S=timeout_s,
            SEPAY_API_CALLS_PER_S=calls_per_s,
        ),
    ):  # fmt: skip
        cache.clear()
        yield book


def booked(
    changes_vnd: list[int], *, begin: datetime = MORNING, every: timedelta = timedelta(minutes=1),
    opening_vnd: int = 10_000_000, first_id: int = 1_001, content: str = "", account: str = ACCOUNT,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return lines of one account as the webhook tells them; the balance runs on from the opening."""
    lines, balance_vnd = [], opening_vnd
    for number, change_vnd in enumerate(changes_vnd):
        balance_vnd += change_vnd
        lines.append(
            delivery(
                id=first_id + number,
                accountNumber=account,
                transactionDate=f"{begin + number * every:%Y-%m-%d %H:%M:%S}",
                transferType="in" if change_vnd > 0 else "out",
                transferAmount=abs(change_vnd),
                accumulated=balance_vnd,
                content=content,
                referenceCode=f"FT{first_id + number}",
            )
        )
    return lines


def bank_of(lines: list[dict[str, Any]]) -> Bank:
    """Return the book that has these lines."""
    bank = Bank()
    for line in lines:
        bank.add(line)
    return bank


def story(seed: int = 7, *, lines: int = 1_000, begin: datetime = MORNING, every: timedelta = timedelta(seconds=5),
          phones: int = 40, **odd: int) -> Story:  # fmt: skip
    """Return a story whose payers have these phones: `0900000000` and on."""
    return tell(
        Random(seed),
        World(
            known=Known(phones=[f"09{n:08d}" for n in range(phones)], codes=[]),
            accounts=sepay.shop_accounts(),
            first_id=92_704_001,
            begin=begin,
            every=every,
        ),
        lines=lines,
        odd=Oddities(**odd),
    )


def body_of(line: dict[str, Any]) -> str:
    """Return the body that tells a line."""
    return json.dumps(line, ensure_ascii=False)
