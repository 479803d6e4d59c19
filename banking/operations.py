"""Every change to a bank transfer, a verb each."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from banking.matching.clues import clues_of
from banking.matching.rules import rule
from banking.matching.scoring import points_json
from banking.models import Channel, Direction, Provider, QrCode, Refusal
from banking.payos.references import references_within
from banking.sepay.parser import Notice
from customers.models import Customer
from n2store.clock import vietnam_day
from n2store.errors import DomainError
from n2store.events import wake_after_commit


class QrCodeTaken(DomainError):
    """The code is printed on another customer's QR."""

    status, code = 409, "QR_CODE_TAKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a delivery: the transfer it is, and whether it was the first to tell of it."""

    transfer_id: int
    is_new: bool
    customer_id: int | None
    match_method: str


def take_sepay_notice(notice: Notice, *, body: str, channel: Channel = Channel.WEBHOOK) -> Taken:
    """Store a delivery and do all that it means, in one database transaction; a repeat only counts.

    `body` is kept as it came, by whatever `channel`. The deposit's key is `sepay:<id>`, so no path can credit it again.
    The one statement is its own transaction: BEGIN and COMMIT around it would be two more round trips. A text that
    names its customer by a part of the phone costs one look at our customers before; TPOS is asked by a job.
    """
    incoming = notice.direction == Direction.IN and notice.amount_vnd > 0  # No money is nobody's, like what went out.
    clues = clues_of(
        notice.content if incoming else "",
        amount_vnd=notice.amount_vnd,
        accounts=(notice.account_number, notice.sub_account),
    )
    ruling = rule([clues])[0].as_json() if clues.needs_candidates else None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT transfer_id, is_new, owner_id, method FROM banking_take_transfer("
            "%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
            " string_to_array(%s, ','), ARRAY[%s, %s, %s], %s, %s, string_to_array(%s, ','))",
            # Lists cost psycopg more than PostgreSQL.
            [
                Provider.SEPAY.value, channel.value, notice.sepay_id, body, notice.gateway, notice.transferred_at,
                notice.account_number, notice.sub_account, notice.code, notice.content, notice.direction,
                notice.amount_vnd, notice.accumulated_vnd, notice.reference_code, notice.description,
                clues.payer.account, clues.payer.name, clues.qr, ",".join(clues.phones) or None,
                clues.reading.kind.value, clues.reading.value, clues.reading.rule,
                json.dumps(ruling) if ruling else None, points_json(settings.MATCH_AUTO_THRESHOLD),
                ",".join(references_within(notice.content)) or None if incoming else None,
            ],
        )  # fmt: skip
        transfer_id, is_new, customer_id, match_method = cursor.fetchone()
    if is_new:
        wake_after_commit()
    return Taken(transfer_id=transfer_id, is_new=is_new, customer_id=customer_id, match_method=match_method)


@dataclass(frozen=True, slots=True)
class Credited:
    """A transfer that was credited late: whose it is, and the real balance after."""

    transfer_id: int
    phone: str
    amount_vnd: int
    real_after_vnd: int


@transaction.atomic
def credit_approved(*, rows_max: int) -> list[Credited]:
    """Credit approved transfers that have an owner and no deposit yet, oldest first, each once.

    The webhook credits at once; this is for what was approved by another way. Safe to run twice, or in parallel.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT transfer_id, phone, amount_vnd, real_after FROM banking_credit_approved(%s)", [rows_max])
        credited = [Credited(*row) for row in cursor.fetchall()]
    if credited:
        wake_after_commit()
    return credited


def count_refusal(*, provider: Provider, reason: str, at: datetime) -> None:
    """Count a delivery that was turned away; this is all that is kept of it."""
    day = vietnam_day(at)
    counter = Refusal.objects.filter(provider=provider, day=day, reason=reason)
    if not counter.update(count=F("count") + 1, last_at=at):
        Refusal.objects.bulk_create(
            [Refusal(provider=provider, day=day, reason=reason, count=0, last_at=at)], ignore_conflicts=True
        )
        counter.update(count=F("count") + 1, last_at=at)


@transaction.atomic
def map_qr_code(*, code: str, customer: Customer) -> QrCode:
    """Remember whose transfers carry `code`; codes are kept in upper case. A repeat is fine.

    Raises:
        QrCodeTaken: transfers with this code are another customer's.
    """
    mapped, _created = QrCode.objects.get_or_create(code=code.upper(), defaults={"customer": customer})
    if mapped.customer_id != customer.pk:
        raise QrCodeTaken(f"{mapped.code} belongs to another customer.")
    return mapped
