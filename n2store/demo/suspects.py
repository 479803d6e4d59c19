"""People whom each rule of suspicion finds, and what is made of the cases: some of every rule are open."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random

from django.utils import timezone

from customers.fraud import cases
from customers.fraud.engine import sweep
from customers.fraud.rules import all_rules
from customers.models import CaseStatus, Customer, FraudCase
from n2store.clock import vietnam_day
from n2store.demo.bank_desk import Bank
from n2store.demo.counter import ACCOUNTANT, OWNER, Moment
from n2store.demo.habits import MOVES_MUCH, SUSPICIONS, TAKES_OUT
from wallets import operations

SEED = 77_12
LOOKED_BACK = timedelta(days=30)
"""How far the rules look back when the shop is made; then night by night."""
MUCH_VND, TIMES = 6_500_000, 7
ROUNDS = 3
TRANSFERS = SUSPICIONS.count(MOVES_MUCH) * TIMES + SUSPICIONS.count(TAKES_OUT) * ROUNDS
"""That suspects make."""


def movements(bank: Bank, suspects: list[tuple[str, Customer]], *, now: datetime) -> Iterator[Moment]:
    """Return when suspects pay and take out."""
    random = Random(SEED)  # noqa: S311 -- made-up amounts, the same for everyone
    for number, (suspicion, customer) in enumerate(suspects):
        first = now - timedelta(days=4 + number)
        if suspicion == MOVES_MUCH:
            for time in range(TIMES):
                amount_vnd = MUCH_VND + random.randrange(20) * 100_000
                content = f"{customer.phone} thanh toan hang si dot {time + 1}"
                yield (
                    first + timedelta(minutes=6 * time),
                    partial(bank.tell, random, content, amount_vnd=amount_vnd),
                )
        elif suspicion == TAKES_OUT:
            for time in range(ROUNDS):
                at, amount_vnd = first + timedelta(hours=20 * time), random.randrange(80, 200) * 5_000
                content = f"{customer.phone} nap tien"
                yield at, partial(bank.tell, random, content, amount_vnd=amount_vnd)
                yield at + timedelta(minutes=25), partial(_take_out, customer, amount_vnd)


def _take_out(customer: Customer, amount_vnd: int, at: datetime) -> None:
    operations.withdraw(
        customer=customer, amount_vnd=amount_vnd, key=f"demo:out:{at.isoformat()}", at=at, by=ACCOUNTANT.name,
        note="Khách báo chuyển nhầm, rút lại tiền mặt tại shop", reference=("manual", ""),
    )  # fmt: skip


def look(*, now: datetime) -> None:
    """Let the rules look at the last weeks, and people decide about some of the cases: the first of each stays open."""
    for rule in all_rules():
        sweep(rule, now=now - LOOKED_BACK)
        sweep(rule, now=now)
        later = FraudCase.objects.filter(rule=rule.name, status=CaseStatus.OPEN).order_by("customer")[1:]
        for case, decide in zip(later, DECIDED.get(rule.name, ()), strict=False):
            decide(case)


def _overturn(case: FraudCase) -> None:
    reason = "Đã gọi khách, có lý do chính đáng, không phải gian lận"
    cases.overturn(caller=OWNER, case_id=case.pk, reason=reason)


def _confirm(case: FraudCase) -> None:
    cases.confirm(caller=ACCOUNTANT, case_id=case.pk, reason="Lặp lại nhiều lần, chỉ bán khi đã chuyển đủ tiền")


def _mute(case: FraudCase) -> None:
    until = vietnam_day(timezone.now()) + timedelta(days=90)
    cases.mute(caller=ACCOUNTANT, case_id=case.pk, until=until, reason="Khách sỉ, chuyển nhiều lần mỗi ngày chốt hàng")


DECIDED = {"return_rate": (_overturn, _confirm), "wallet_abuse": (_mute,), "self_dealing": (_overturn,)}
"""What is made of the later cases of each rule."""
