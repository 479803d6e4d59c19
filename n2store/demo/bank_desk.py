"""What the banks and the shop's desk left of the last days: questions, links that wait, refusals, undos, one lost line.

All through the real verbs. The transfers come in over the same door as all others.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from django.db.models import F

from banking.desk import asking, linking, review, undo
from banking.models import BankTransfer, Direction, FailedDelivery, Provider, RetryStatus, Verification
from banking.operations import take_sepay_notice
from banking.sepay.parser import parse
from customers.models import Customer
from n2store.demo.counter import ACCOUNTANT, CARE, OWNER, Moment
from n2store.simulator import sepay, texts
from n2store.simulator.people import name, without_diacritics

SEED = 91_4
QUESTIONS, WAITING_LINKS, REJECTED, APPROVED = 6, 6, 2, 4
LOST_AGO = timedelta(days=2)
HOSTILE = (
    "<script>alert('CK')</script> <b>chuyen tien</b> mua do",
    "chuyen tien \u202eneit neyuhc\u202c cho shop",
    "9" * 2_000,
)
"""Texts that somebody may send for a joke: stored as they came, shown as what they are."""
REFUSALS = ("Chủ shop chuyển vốn, không phải tiền khách", "Hoàn tiền từ nhà cung cấp vải")


@dataclass(frozen=True, slots=True)
class Bank:
    """The shop's accounts, and the ids of what SePay tells."""

    accounts: list[sepay.Account]
    ids: Iterator[int]

    def tell(self, random: Random, content: str, at: datetime, *, amount_vnd: int | None = None) -> None:
        """Let money come in with `content`; of chance, unless the amount is given."""
        fields = self._fields(random, at) | {"content": content, "description": f"BankAPINotify {content}"}
        if amount_vnd is not None:
            self.accounts[0].balance_vnd += amount_vnd - fields["transferAmount"]
            fields |= {"transferAmount": amount_vnd, "accumulated": self.accounts[0].balance_vnd}
        body = json.dumps(fields, ensure_ascii=False)
        take_sepay_notice(parse(body.encode()), body=body)

    def lose(self, random: Random, at: datetime) -> None:
        """Let money come in that is never told: only the balance knows."""
        self._fields(random, at)

    def _fields(self, random: Random, at: datetime) -> dict[str, Any]:
        known, id = texts.Known(), next(self.ids)
        account = self.accounts[0]
        while True:
            before_vnd = account.balance_vnd
            fields, _names = sepay.payload(random, id=id, account=account, known=known, at=at)
            if fields["transferType"] == "in":
                return fields
            account.balance_vnd = before_vnd


def moments(bank: Bank, customers: list[Customer], *, now: datetime) -> Iterator[Moment]:
    """Return what comes in besides, and when: questions, jokes, and one line that SePay never tells."""
    random = Random(SEED)  # noqa: S311 -- made-up transfers, the same for everyone
    alike = [pair[0] for pair in _alike(customers)]
    contents = [f"{phone[-6:]} {random.choice(texts.THANKS)}" for phone in (alike * QUESTIONS)[:QUESTIONS]]
    for content in [*contents, *HOSTILE]:
        at = now - timedelta(minutes=random.randrange(20, 30 * 60))
        yield at, partial(bank.tell, random, content)
    yield now - LOST_AGO, partial(bank.lose, random)


def _alike(customers: list[Customer]) -> Iterator[list[str]]:
    ends: dict[str, list[str]] = {}
    for customer in customers:
        ends.setdefault(customer.phone[-6:], []).append(customer.phone)
    return (phones for phones in ends.values() if len(phones) > 1)


def work(customers: list[Customer], *, now: datetime) -> None:
    """Let the desk do its day: link, approve, refuse, skip, take back."""
    random = Random(SEED)  # noqa: S311 -- as above
    free = iter(BankTransfer.objects.filter(customer=None, direction=Direction.IN, matches=None).order_by("-id")[:40])
    for transfer in (next(free) for _ in range(WAITING_LINKS + APPROVED)):
        linking.link(caller=CARE, transfer_id=transfer.pk, phone=random.choice(customers).phone, credit=False)
    linked = BankTransfer.objects.filter(verification=Verification.PENDING_VERIFICATION, customer__isnull=False)
    for transfer in linked.order_by("id")[:APPROVED]:
        review.approve(caller=ACCOUNTANT, transfer_id=transfer.pk, note="Đối chiếu sao kê, đúng khách")
    for reason in REFUSALS[:REJECTED]:
        review.reject(caller=ACCOUNTANT, transfer_id=next(free).pk, reason=reason)
    question = BankTransfer.objects.filter(matches__status="pending").order_by("id").values_list("matches", flat=True)
    for match_id in question[:1]:
        asking.skip(caller=CARE, match_id=match_id, reason="Đã nhắn hỏi khách, chờ trả lời")
    _take_back()
    _lose(random, now=now)


def _take_back() -> None:
    """Take one match back whose money is there, and ask to take one back whose money is spent."""
    credited = BankTransfer.objects.filter(verification=Verification.AUTO_APPROVED).order_by("-id")
    there = credited.filter(customer__wallet__real_vnd__gte=F("amount_vnd")).first()
    spent = credited.filter(customer__wallet__real_vnd__lt=F("amount_vnd")).first()
    if there is not None:
        undo.undo(caller=ACCOUNTANT, transfer_id=there.pk, reason="Khách báo chuyển giúp người khác")
    if spent is not None:
        undo.undo(caller=OWNER, transfer_id=spent.pk, reason="Trùng đuôi số, tiền của khách khác")


def _lose(random: Random, *, now: datetime) -> None:
    """Leave two deliveries that could not be taken: one is tried again, one was given up."""
    for number, status in enumerate((RetryStatus.PENDING, RetryStatus.FAILED)):
        at = now - timedelta(hours=3 + number)
        sender = without_diacritics(name(random)).upper()
        account = sepay.Account("ACB", "75919", 1_000_000, 1)
        fields, _names = sepay.payload(random, id=71_000_001 + number, account=account, known=texts.Known(), at=at)
        FailedDelivery.objects.create(
            provider=Provider.SEPAY,
            external_id=fields["id"],
            body=json.dumps(fields | {"content": f"{sender} chuyen tien"}, ensure_ascii=False),
            status=status,
            attempts=5 if status == RetryStatus.FAILED else 1,
            next_attempt_at=now + timedelta(minutes=10),
            last_attempt_at=at,
            last_error="OperationalError: could not extend file: No space left on device",
            created_at=at,
        )
