"""Starting a top-up: the row first, then PayOS outside any transaction; and finding out when its answer was lost."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from banking.models import Topup, TopupStatus
from banking.models.topups import TopupProvider
from banking.payos import client, moving
from banking.payos.access import Viewer
from banking.payos.asking import apply_link
from banking.payos.references import new_reference
from banking.payos.states import FIRST_CHECK
from customers.models import Customer
from n2store.errors import DomainError
from n2store.templatetags.money import vnd
from wallets.ledger import InvalidAmount, KeyReused

STARTS_PER_MINUTE_MAX = 10
OPEN_MAX = 3
KEY_LENGTH_MAX = 100
_LOCK_STARTER, _LOCK_CUSTOMER = 7313, 7314


class TooManyTopups(DomainError):
    """One person does not need so many at once."""

    status, code = 429, "TOO_MANY_TOPUPS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A top-up, and whether this call made it."""

    topup: Topup
    is_new: bool


def start(
    *, customer: Customer, amount_vnd: int, viewer: Viewer, by: str, return_url: str, key: str | None = None
) -> Started:
    """Make a top-up with its payment link; the same key and amount answer with the first one.

    `return_url` is where PayOS's own page sends the payer back to; the reference is added to it.

    Raises:
        InvalidAmount: not from TOPUP_MIN_VND to TOPUP_MAX_VND.
        KeyReused: the key was used for another amount.
        TooManyTopups: too many in a minute, or too many open for this customer.
        PayosNotConfigured, ProviderUnavailable, ProviderError: no link was made, or nobody knows.
    """
    _check_amount(amount_vnd)
    if not (settings.TOPUPS_ENABLED and client.is_configured()):
        raise client.PayosNotConfigured("PayOS is not configured")
    started = _row(customer=customer, amount_vnd=amount_vnd, viewer=viewer, by=by, key=key)
    if started.topup.status == TopupStatus.CREATED:
        made = _with_link(started.topup, return_url, is_new=started.is_new)
        return Started(topup=made, is_new=started.is_new)
    return started


def _check_amount(amount_vnd: int) -> None:
    least, most = settings.TOPUP_MIN_VND, settings.TOPUP_MAX_VND
    if type(amount_vnd) is not int or not least <= amount_vnd <= most:
        raise InvalidAmount(f"A top-up is a whole number of dong from {least} to {most}.")


def _row(*, customer: Customer, amount_vnd: int, viewer: Viewer, by: str, key: str | None) -> Started:
    """Find the row of the key, or write a new one within the limits. Who starts the same at once waits here."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s)), pg_advisory_xact_lock(%s, %s)",
                [_LOCK_STARTER, viewer.name, _LOCK_CUSTOMER, customer.pk % 2**31],
            )
        if key is not None:
            known = Topup.objects.filter(starter=viewer.user_id, customer=customer, idempotency_key=key).first()
            if known is not None:
                if known.amount_vnd != amount_vnd:
                    raise KeyReused("This Idempotency-Key was already used for another amount")
                return Started(topup=known, is_new=False)
        _check_limits(customer, viewer)
        return Started(topup=_insert(customer, amount_vnd, viewer, by, key), is_new=True)


def _check_limits(customer: Customer, viewer: Viewer) -> None:
    now = timezone.now()
    mine = Topup.objects.filter(starter=viewer.user_id, created_at__gt=now - timedelta(minutes=1))
    if viewer.user_id is None:
        mine = mine.filter(customer=customer)
    if mine.count() >= STARTS_PER_MINUTE_MAX:
        raise TooManyTopups(f"At most {STARTS_PER_MINUTE_MAX} top-ups a minute.")
    waiting = Topup.objects.filter(customer=customer, closed_at=None, expires_at__gt=now)
    if waiting.count() >= OPEN_MAX:
        raise TooManyTopups(f"At most {OPEN_MAX} top-ups may be open at once.")


def _insert(customer: Customer, amount_vnd: int, viewer: Viewer, by: str, key: str | None) -> Topup:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('banking_topup_order_code'), clock_timestamp()")
        order_code, now = cursor.fetchone()
    while True:
        try:
            with transaction.atomic():
                return Topup.objects.create(
                    tx_ref=new_reference(), customer=customer, provider=TopupProvider.PAYOS, order_code=order_code,
                    amount_vnd=amount_vnd, status=TopupStatus.CREATED, version=1, paid_vnd=0, idempotency_key=key,
                    starter_id=viewer.user_id, started_by=by,
                    expires_at=now + timedelta(minutes=settings.TOPUP_MINUTES), next_check_at=now + FIRST_CHECK,
                )  # fmt: skip
        except IntegrityError as error:
            if "tx_ref" not in str(error):
                raise


def _with_link(topup: Topup, return_url: str, *, is_new: bool) -> Topup:
    """Make the link of a row that has none. One that was not made for sure fails the row; the others wait."""
    try:
        if is_new:
            _make(topup, return_url)
        else:
            _find_out(topup, return_url)
    except (client.CodeTaken, client.OutcomeUnknown):
        _find_out(topup, return_url)
    except client.ProviderBusy:
        moving.close(topup, TopupStatus.FAILED)
        raise
    except (client.ProviderUnavailable, client.ProviderError):
        if is_new:
            moving.close(topup, TopupStatus.FAILED)
        raise
    topup.refresh_from_db()
    if topup.status == TopupStatus.FAILED and topup.review_reason == "other_amount":
        return _anew(topup, return_url)
    return topup


def _make(topup: Topup, return_url: str) -> None:
    assert topup.order_code is not None
    link = client.create(
        order_code=topup.order_code,
        amount_vnd=topup.amount_vnd,
        memo=topup.tx_ref,
        return_url=f"{return_url}?tx_ref={topup.tx_ref}",
        expires_at_s=int(topup.expires_at.timestamp()),
    )
    apply_link(topup, link)


def _find_out(topup: Topup, return_url: str) -> None:
    """Ask whether there is a link; when there is none for sure, make it with the same code."""
    assert topup.order_code is not None
    try:
        link = client.get(topup.order_code)
    except client.LinkNotFound:
        _make(topup, return_url)
        return
    apply_link(topup, link)


def _anew(failed: Topup, return_url: str) -> Topup:
    """Take a new code in place of one under which PayOS has a link of another amount."""
    key = failed.idempotency_key
    with transaction.atomic():
        Topup.objects.filter(pk=failed.pk).update(idempotency_key=None)
        viewer = Viewer(user_id=failed.starter_id, customer_id=failed.customer_id)
        made = _insert(failed.customer, failed.amount_vnd, viewer, failed.started_by, key)
    _make(made, return_url)
    made.refresh_from_db()
    return made


def limit_told() -> str:
    """Return the amounts that a top-up may have, in the reader's words."""
    return f"{vnd(settings.TOPUP_MIN_VND)} – {vnd(settings.TOPUP_MAX_VND)}"
