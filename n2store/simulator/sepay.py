"""SePay: what its webhook sends for each line of the shop's bank accounts. Source: SePay's webhook pages."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from n2store.clock import VIETNAM
from n2store.simulator import texts
from n2store.simulator.bank import Bank
from n2store.simulator.loopback import Answer
from n2store.simulator.play import Verdict
from n2store.simulator.texts import Known

PATH = "/api/sepay/webhook"
OUTGOING_SHARE = 0.1
RETRY_MINUTES = (1, 1, 2, 3, 5, 8, 13)
"""How long SePay waits before each further attempt."""
ANSWER_TIMEOUT_S = 30
ID_ZERO = datetime(2020, 1, 1, tzinfo=VIETNAM)


@dataclass(slots=True)
class Account:
    """One bank account of the shop, with its running balance."""

    gateway: str
    number: str
    balance_vnd: int
    weight: int
    sub_account: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST: the transaction's id, its body byte for byte, and the customer it names, if it does."""

    id: int
    body: bytes
    names: str | None


def shop_accounts(balances_vnd: Mapping[str, int] | None = None) -> list[Account]:
    """Return the shop's accounts as they are before the first transfer, or with these balances by account number."""
    accounts = [
        Account("ACB", "75918", 48_250_000, 60),
        Account("Vietcombank", "1023456788", 21_400_000, 14),
        Account("MBBank", "8320129918", 9_150_000, 12),
        Account("Techcombank", "19037128846015", 15_800_000, 8),
        Account("VietinBank", "102874419265", 6_020_000, 6, sub_account="VTB7N2STORE"),
    ]
    for account in accounts:
        account.balance_vnd = (balances_vnd or {}).get(account.number, account.balance_vnd)
    return accounts


def first_id(now: datetime) -> int:
    """Return where the ids of a run that starts `now` begin: above those of every earlier run, by microseconds."""
    return int((now - ID_ZERO).total_seconds() * 1_000_000)


def payload(
    random: Random, *, id: int, account: Account, known: Known, at: datetime, clear: bool = False
) -> tuple[dict[str, Any], str | None]:
    """Return the twelve fields of one line of `account`, whose balance it moves, and whom it names.

    With `clear` every incoming one names somebody.
    """
    if random.random() < OUTGOING_SHARE and account.balance_vnd > 1_000_000:
        direction, text = "out", texts.Text(texts.outgoing(random))
        amount_vnd = min(_amount(random) * 8, account.balance_vnd // 3_000 * 1_000)
        account.balance_vnd -= amount_vnd
    else:
        direction, text = "in", texts.incoming(random, known, at=at, clear=clear)
        amount_vnd = _amount(random)
        account.balance_vnd += amount_vnd
    fields = {
        "id": id,
        "gateway": account.gateway,
        "transactionDate": at.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S"),
        "accountNumber": account.number,
        "subAccount": account.sub_account,
        "code": None,
        "content": text.content,
        "transferType": direction,
        "description": f"BankAPINotify {text.content}",
        "transferAmount": amount_vnd,
        "referenceCode": f"FT{at:%y%j}{random.randrange(10**9):09}",
        "accumulated": account.balance_vnd,
    }
    return fields, text.names


class Deliveries:
    """Makes one delivery after another, with rising ids; the same for the same `Random`, first id and moments.

    Each is written into the bank's book, if there is one.
    """

    def __init__(
        self, random: Random, *, known: Known, first_id: int, accounts: Sequence[Account], bank: Bank | None = None
    ) -> None:
        self._random, self._known, self._accounts = random, known, accounts
        self._bank = bank
        self._ids = self._rising(first_id)
        self._weights = [account.weight for account in accounts]

    def next(self, *, at: datetime) -> Delivery:
        """Return the delivery of a transfer made `at`."""
        account = self._random.choices(self._accounts, self._weights)[0]
        fields, names = payload(self._random, id=next(self._ids), account=account, known=self._known, at=at)
        if self._bank is not None:
            self._bank.add(fields)
        return Delivery(fields["id"], json.dumps(fields, ensure_ascii=False).encode(), names)

    def _rising(self, first: int) -> Iterator[int]:
        while True:
            yield first
            first += self._random.randrange(1, 4)  # Other shops' transfers lie between ours.


def headers(body: bytes, *, keys: Sequence[str], secrets: Sequence[str], now_s: float) -> dict[str, str]:
    """Return what proves that a delivery is SePay's: its API key, or its signature when only a secret is agreed on.

    Raises:
        ValueError: neither is configured.
    """
    if keys:
        return {"Content-Type": "application/json", "Authorization": f"Apikey {keys[0]}"}
    if not secrets:
        raise ValueError("Neither SEPAY_API_KEY nor SEPAY_HMAC_SECRET is set: the shop would refuse everything.")
    timestamp = str(int(now_s))
    signature = hmac.new(secrets[0].encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-SePay-Timestamp": timestamp,
        "X-SePay-Signature": f"sha256={signature}",
    }


def verdict(answer: Answer) -> Verdict:
    """Return what SePay makes of an answer: it is content with 2xx and `"success": true`, and with nothing else."""
    if 400 <= answer.status < 500:
        return Verdict.REFUSED
    try:
        said = json.loads(answer.body)
    except ValueError:
        return Verdict.FAILED
    if not (200 <= answer.status < 300 and isinstance(said, dict) and said.get("success") is True):
        return Verdict.FAILED
    return Verdict.ACCEPTED if "id" in said else Verdict.DUPLICATE


def _amount(random: Random) -> int:
    """Return what an order costs: mostly some hundred thousand dong, in whole thousands."""
    return max(20, int(random.lognormvariate(5.6, 0.8))) * 1000
