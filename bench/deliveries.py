"""The deliveries that are posted: of existing customers, by QR code, full phone or the last digits of one."""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from random import Random
from typing import Any

from bench.dataset import CUSTOMERS, phone, qr_code
from bench.http_load import encode
from n2store.clock import VIETNAM
from n2store.simulator import sepay

PREPARED_MAX = 400_000


class Naming(Enum):
    """By what a text names its customer."""

    QR = auto()
    PHONE = auto()
    PARTIAL = auto()
    STRANGER = auto()
    """The last six digits of a phone that no customer of ours has."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One transfer to come: who pays, and what SePay would say of it."""

    customer: int
    fields: dict[str, Any]
    qr: str | None
    phone: str | None


def payments(random: Random, *, naming: Sequence[Naming] = (Naming.QR, Naming.PHONE)) -> Iterator[Payment]:
    """Yield transfers of customers by chance, with ids above all earlier runs'."""
    now = datetime.now(VIETNAM)
    for id in itertools.count(sepay.first_id(now)):
        way = random.choice(naming)
        customer = random.randrange(1, (CUSTOMERS // 2 if way is Naming.QR else CUSTOMERS) + 1)
        named = {
            Naming.QR: qr_code(customer),
            Naming.PHONE: phone(customer),
            Naming.PARTIAL: phone(customer)[-6:],
            Naming.STRANGER: f"{CUSTOMERS + customer:06}",
        }[way]
        content = f"{named} chuyen tien GD 6474IBT2gXtFLXYW {now:%d%m%y-%H:%M:%S}"
        amount_vnd = random.randrange(20, 190) * 1000
        fields = {
            "id": id,
            "gateway": "ACB",
            "transactionDate": now.strftime("%Y-%m-%d %H:%M:%S"),
            "accountNumber": "75918",
            "subAccount": None,
            "code": None,
            "content": content,
            "transferType": "in",
            "description": f"BankAPINotify {content}",
            "transferAmount": amount_vnd,
            "referenceCode": f"FT{id % 10**12}",
            "accumulated": 18_250_000,
        }
        yield Payment(customer, fields, named if way is Naming.QR else None, named if way is Naming.PHONE else None)


def requests(coming: Iterator[Payment], count: int, *, host: str, key: str) -> list[bytes]:
    """Return the next `count` transfers as webhook requests."""
    assert count <= PREPARED_MAX
    headers = {"Authorization": f"Apikey {key}", "Content-Type": "application/json"}
    return [
        encode("POST", sepay.PATH, host=host, headers=headers, body=json.dumps(payment.fields).encode())
        for payment in itertools.islice(coming, count)
    ]
