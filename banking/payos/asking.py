"""Asking PayOS about a top-up and following what it says: when nothing else tells, or a webhook told too little."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from banking.authority import Right, require
from banking.models import PaymentSource, PayosDelivery, PayosOutcome, Topup, TopupStatus
from banking.payos import client, moving
from banking.payos.access import TopupNotFound
from banking.payos.schema import Link
from banking.payos.states import AT_PAYOS, ENDS_WITHOUT_MONEY, GRACE, next_check
from n2store import audit
from n2store.errors import DomainError
from n2store.roles import Caller
from proxy.pace import Pace, TooBusy

logger = logging.getLogger(__name__)

BATCH_MAX = 5
"""Of one run: the pace is one question a second, and a run must not hold a worker for long."""
LEASE = timedelta(minutes=2)
"""So long a worker has for one question; after that another may ask."""
TURN_TIMEOUT_S = 20.0
LATE_BY_MUCH = timedelta(hours=24)
"""Money that comes so long after the end is worth a look."""


class TopupClosed(DomainError):
    """Nothing is to be done about it any more."""

    status, code = 409, "TOPUP_CLOSED"


@dataclass(slots=True)
class Asked:
    """What a run of the job did."""

    examined: int = 0
    changed: int = 0
    skipped: int = 0
    trouble: str = ""


def check_due(*, now: datetime, most: int = BATCH_MAX) -> Asked:
    """Ask about the top-ups that are due, once a second over all processes; stop when PayOS wants fewer questions."""
    done = Asked()
    pace = Pace("payos", settings.PAYOS_CALLS_PER_S)
    for topup in _claimed(now, most):
        try:
            pace.wait(monotonic() + TURN_TIMEOUT_S)
        except TooBusy:
            done.trouble = "no turn"
            return done
        done.examined += 1
        before = topup.version
        try:
            check(topup)
        except client.ProviderBusy as error:
            done.trouble = error.code
            return done
        except DomainError as error:
            done.skipped += 1
            done.trouble = error.code
            logger.warning("Top-up %s is asked about later: %s", topup.tx_ref, error)
        topup.refresh_from_db(fields=["version"])
        done.changed += topup.version != before
    return done


def check(topup: Topup) -> None:
    """Ask PayOS about one top-up, follow the answer, and end it when its time is over.

    Raises:
        PayosNotConfigured, ProviderUnavailable, ProviderError: nobody knows; the end of its time counts all the same.
    """
    assert topup.order_code is not None
    try:
        apply_link(topup, client.get(topup.order_code))
    except client.LinkNotFound:
        _settle_asked(topup, listed=set())
        if topup.status == TopupStatus.CREATED:
            moving.close(topup, TopupStatus.FAILED)
    finally:
        _go_on(topup)


def cancel(*, caller: Caller, topup_id: int) -> Topup:
    """Cancel a top-up: PayOS first, then what has come meanwhile; without money it ends here too.

    Raises:
        MayNotHandle, TopupNotFound.
        TopupClosed: it is over.
        PayosNotConfigured, ProviderUnavailable, ProviderError: PayOS did not do it.
    """
    require(caller, Right.TOPUP)
    topup = open_topup(topup_id)
    assert topup.order_code is not None
    try:
        client.cancel(topup.order_code)
        apply_link(topup, client.get(topup.order_code))
    except client.LinkNotFound:
        pass  # There is nothing that could be paid.
    moving.close(topup, TopupStatus.CANCELLED)
    topup.refresh_from_db()
    audit.record(actor=caller.name, action="topup.cancel", subject=f"topup:{topup.pk}", after={"status": topup.status})
    return topup


def recheck(*, caller: Caller, topup_id: int) -> Topup:
    """Ask PayOS about a top-up now.

    Raises:
        MayNotHandle, TopupNotFound, PayosNotConfigured, ProviderUnavailable, ProviderError.
    """
    require(caller, Right.RECOVER)
    topup = found(topup_id)
    check(topup)
    topup.refresh_from_db()
    audit.record(actor=caller.name, action="topup.recheck", subject=f"topup:{topup.pk}", after={"status": topup.status})
    return topup


def found(topup_id: int) -> Topup:
    """Return a top-up.

    Raises:
        TopupNotFound: there is none.
    """
    topup = Topup.objects.select_related("customer").filter(pk=topup_id).first()
    if topup is None:
        raise TopupNotFound("There is no such top-up.")
    return topup


def open_topup(topup_id: int) -> Topup:
    """Return a top-up that is not over.

    Raises:
        TopupNotFound, TopupClosed.
    """
    topup = found(topup_id)
    if topup.closed_at is not None:
        raise TopupClosed("This top-up is over.")
    return topup


def apply_link(topup: Topup, link: Link) -> None:
    """Follow what a signed answer says: money first, then the link's end; an unknown state changes nothing."""
    if link.order_code != topup.order_code or link.amount_vnd != topup.amount_vnd:
        logger.error("PayOS has another link under the code of top-up %s.", topup.tx_ref)
        _review(topup, "other_amount" if link.order_code == topup.order_code else "other_link")
        moving.close(topup, TopupStatus.FAILED)
        return
    if not topup.payment_link_id:
        moving.keep_link(topup, link, client.checkout_page(link))
    for paid in link.paid:
        if not paid.reference:
            _review(topup, "no_reference")
            continue
        taken = moving.credit(topup, paid, source=PaymentSource.LINK, by=topup.provider)
        if taken.outcome == "review":
            logger.error("A payment of top-up %s waits for a person: %s", topup.tx_ref, taken.reason)
        elif taken.outcome == "credited" and timezone.now() > topup.expires_at + LATE_BY_MUCH:
            logger.error("Top-up %s was paid more than a day late.", topup.tx_ref)
    _settle_asked(topup, listed={(paid.reference, paid.amount_vnd) for paid in link.paid})
    at_payos = AT_PAYOS.get(link.status)
    if at_payos is None:
        logger.error("PayOS calls the state of top-up %s %r, which nobody knows.", topup.tx_ref, link.status)
    elif at_payos in ENDS_WITHOUT_MONEY and not link.paid:
        moving.close(topup, at_payos)


def _settle_asked(topup: Topup, *, listed: set[tuple[str, int]]) -> None:
    """Webhooks that waited for the link's word are credited with it; what the link does not know is for a person."""
    waiting = PayosDelivery.objects.filter(topup=topup, outcome__in=[PayosOutcome.ASKED, PayosOutcome.REVIEW])
    for delivery in waiting:
        told = (delivery.reference, delivery.amount_vnd) in listed
        if told and topup.payments.filter(reference=delivery.reference).exists():
            waiting.filter(pk=delivery.pk).update(outcome=PayosOutcome.CREDITED, reason="", processed_at=timezone.now())
        elif not told and delivery.outcome == PayosOutcome.ASKED:
            waiting.filter(pk=delivery.pk).update(outcome=PayosOutcome.REVIEW, reason="not_in_link")
            logger.error("PayOS told of %s for top-up %s and does not list it.", delivery.reference, topup.tx_ref)
            _review(topup, "not_in_link")


def _go_on(topup: Topup) -> None:
    """Say when to ask again, and end what has run out."""
    now = timezone.now()
    topup.refresh_from_db()
    if now >= topup.expires_at + GRACE and topup.closed_at is None:
        moving.close(topup, TopupStatus.EXPIRED)
    again = next_check(expires_at=topup.expires_at, is_paid=topup.status == TopupStatus.PAID, now=now)
    Topup.objects.filter(pk=topup.pk).update(next_check_at=again)


def _claimed(now: datetime, most: int) -> Iterator[Topup]:
    """Take the due ones for ourselves one by one, for the length of a lease: a second worker finds others."""
    for _each in range(most):
        with transaction.atomic():
            due = Topup.objects.filter(next_check_at__lte=now).order_by("next_check_at", "id")
            topup = due.select_for_update(skip_locked=True).first()
            if topup is None:
                return
            Topup.objects.filter(pk=topup.pk).update(next_check_at=timezone.now() + LEASE)
        yield topup


def is_due(now: datetime) -> bool:
    """Tell whether there is anything to ask."""
    return Topup.objects.filter(next_check_at__lte=now).exists()


def _review(topup: Topup, reason: str) -> None:
    Topup.objects.filter(pk=topup.pk).update(review_reason=reason)
