"""Asking SePay's list for what its webhook failed to tell: for each break, and for everything since the last id.

Rows go through the webhook's own door, so webhook and list may race: whoever is first counts, once. Nothing is locked
while SePay is asked. A break is healed by the watch when its line is there, whoever brought it.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from banking.continuity import watch
from banking.continuity.chain import ORDER_TOLERANCE
from banking.continuity.events import announce
from banking.models import BankTransfer, Channel, Incident, IncidentStatus, Provider, WatchedAccount
from banking.operations import count_refusal, take_sepay_notice
from banking.sepay import listed
from banking.sepay.parser import ID_MAX, BadDelivery, Notice
from proxy.sepay import Row, SepayListError, SepayRefused, sepay_list

logger = logging.getLogger(__name__)

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 15, 30, 60))
"""Between questions about one break; the last one for all further ones."""
EMPTY_ANSWERS_MAX = 6
"""So many answers without the line in a row, and SePay knows nothing of it."""
EMPTY, INCOMPLETE = "EMPTY", "INCOMPLETE"
LIST_INCOMPLETE = "SEPAY_LIST_INCOMPLETE"
"""SePay has more than it tells in one poll: the run is marked as failed, so that somebody looks."""
DUE_MAX = 20
READ_AGAIN = timedelta(minutes=30)
"""Lines so new are read again with the next poll: a lower id may appear after a higher one."""
HALVINGS_MAX = 12
"""Of the time after the last known line, when SePay has more than it tells at once."""
FIRST_POLL = timedelta(days=3)
"""So far back goes the first poll of an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What SePay's list had under a bank reference."""

    transfer_id: int
    is_new: bool


@dataclass(slots=True, kw_only=True)
class Restored:
    """What a list brought: lines seen, lines we did not have, rows that cannot be stored; the last error's code."""

    seen: int = 0
    new: int = 0
    refused: int = 0
    error: str = ""

    def add(self, other: "Restored") -> None:
        """Add what another list brought."""
        self.seen, self.new, self.refused = self.seen + other.seen, self.new + other.new, self.refused + other.refused
        self.error = other.error or self.error


def fetch_by_reference(reference: str, *, account_number: str | None = None) -> list[Fetched]:
    """Ask SePay for the transfers with a bank reference and take them; none when SePay has none.

    Raises:
        SepayListError: SePay is not set up, not reached, or refuses.
    """
    found = sepay_list().by_reference(reference, account_number)
    rows = [row for row in found.rows if str(row.get("reference_number")) == reference]
    fetched = []
    for row in rows:
        try:
            notice = listed.notice(row)
        except BadDelivery as error:
            count_refusal(provider=Provider.SEPAY, reason=error.reason, at=timezone.now())
            continue
        taken = take_sepay_notice(notice, body=_body(row), channel=Channel.LIST)
        fetched.append(Fetched(transfer_id=taken.transfer_id, is_new=taken.is_new))
    return fetched


def ask_due(*, now: datetime, most: int = DUE_MAX) -> Restored:
    """Ask SePay about the breaks that are due; each comes back after a longer pause until it heals."""
    total = Restored()
    for _ in range(most):
        incident = _claim(now)
        if incident is None:
            break
        restored, answer = _ask(incident)
        total.add(restored)
        if restored.new:
            watch.check_account(incident.account_number, now=now)
        _note(incident, answer)
    return total


def poll(*, now: datetime) -> Restored:
    """Ask SePay for everything since the last known id of each account, and take what we do not have.

    An account that SePay refuses keeps no other from being asked; when SePay is ill, the next run goes on.
    """
    total = Restored()
    for account in WatchedAccount.objects.order_by("asked_at", "id"):
        if WatchedAccount.objects.filter(pk=account.pk, asked_at=account.asked_at).update(asked_at=now):
            try:
                total.add(_poll(account, now))
            except SepayRefused as error:
                total.error = error.code
            except SepayListError as error:
                total.error = error.code
                break
    return total


def _poll(account: WatchedAccount, now: datetime) -> Restored:
    begin = account.asked_since_id or _first_id(account.account_number, now)
    found = sepay_list().since(account.account_number, begin)
    restored = _take(found.rows)
    if not found.complete:
        restored.error = LIST_INCOMPLETE
        logger.error("SePay has more lines of account %s than it tells in one poll.", account.account_number)
    rows: Sequence[Row] = found.rows
    settled_at = now - READ_AGAIN
    if not found.from_begin and str(begin) not in {str(row.get("id")) for row in rows}:
        rows, settled_at = _from_begin(account.account_number, begin, found.rows)
        restored.add(_take(rows))
    mine = [notice for notice in _readable(rows) if notice.account_number == account.account_number]
    settled = [notice.sepay_id for notice in mine if notice.transferred_at <= settled_at]
    WatchedAccount.objects.filter(pk=account.pk).update(asked_since_id=max([begin, *settled]))
    return restored


def _from_begin(account_number: str, begin: int, newest: Sequence[Row]) -> tuple[Sequence[Row], datetime]:
    """Ask for the time after the line `begin`, less and less of it, until nothing of it is left out.

    The newest rows of a long list say nothing of those before them: without this every poll would ask for them again.
    Returns the rows, and until when they are whole; no rows when even a short time holds too many.
    """
    first = BankTransfer.objects.filter(sepay_id=begin).values_list("transferred_at", flat=True).first()
    moments = [notice.transferred_at for notice in _readable(newest)]
    if first is None or not moments:
        return (), datetime.min.replace(tzinfo=UTC)
    span = max(timedelta(0), min(moments) - first)
    for _ in range(HALVINGS_MAX):
        found = sepay_list().between(account_number, first, first + span)
        if found.complete:
            return found.rows, first + span - (READ_AGAIN if span > 2 * READ_AGAIN else timedelta(0))
        span /= 2
    return (), first


def anything_due(now: datetime) -> bool:
    """Tell whether SePay is to be asked about a break now."""
    return due(now).exists()


def due(now: datetime) -> QuerySet[Incident]:
    """Return the breaks about which SePay is to be asked now."""
    return Incident.objects.filter(status=IncidentStatus.OPEN, next_ask_at__lte=now).order_by("next_ask_at", "id")


@transaction.atomic
def _claim(now: datetime) -> Incident | None:
    """Take the next break that is due; its next question is set at once, so a run that dies leaves nothing behind."""
    incident = due(now).select_for_update(skip_locked=True, of=("self",)).first()
    if incident is not None:
        incident.asks += 1
        incident.next_ask_at = now + PAUSES[min(incident.asks, len(PAUSES)) - 1]
        incident.save(update_fields=["asks", "next_ask_at"])
    return incident


def _ask(incident: Incident) -> tuple[Restored, str]:
    """Ask for the interval of a break and take what comes; return that and the answer's word."""
    after = incident.after.transferred_at
    before = incident.before.transferred_at if incident.before else after
    begin, end = min(before, after) - ORDER_TOLERANCE, max(before, after) + ORDER_TOLERANCE
    try:
        found = sepay_list().between(incident.account_number, begin, end)
    except SepayListError as error:
        return Restored(), error.code
    restored = _take(found.rows)
    if not found.complete:
        return restored, INCOMPLETE
    return restored, str(restored.new) if restored.new else EMPTY


@transaction.atomic
def _note(incident: Incident, answer: str) -> None:
    """Write down what SePay answered; after enough answers without the line it is not asked any more."""
    still = Incident.objects.select_for_update().filter(pk=incident.pk, status=IncidentStatus.OPEN).first()
    if still is None:
        Incident.objects.filter(pk=incident.pk).update(last_answer=answer)
        return
    if answer == EMPTY:
        times = _times_empty(still.last_answer) + 1
        answer = f"{EMPTY} {times}"
    still.last_answer = answer
    if _times_empty(answer) >= EMPTY_ANSWERS_MAX:
        still.status, still.next_ask_at = IncidentStatus.NOT_FOUND, None
        announce(still.account_number, [still])
    still.save(update_fields=["last_answer", "status", "next_ask_at"])


def _times_empty(answer: str) -> int:
    """Return how many answers in a row had nothing new; they are counted in the answer's word: `EMPTY 3`."""
    word, _, times = answer.partition(" ")
    return int(times) if word == EMPTY and times.isdecimal() else 0


def _take(rows: Sequence[Row]) -> Restored:
    """Take the rows that we do not have, each by itself: one bad row keeps no other from being taken."""
    result = Restored(seen=len(rows))
    known = _known([str(row.get("id")) for row in rows])
    for row in rows:
        if str(row.get("id")) in known:
            continue
        try:
            notice = listed.notice(row)
        except BadDelivery as error:
            result.refused += 1
            count_refusal(provider=Provider.SEPAY, reason=error.reason, at=timezone.now())
            continue
        result.new += take_sepay_notice(notice, body=_body(row), channel=Channel.LIST).is_new
    return result


def _known(ids: Sequence[str]) -> set[str]:
    """Return those ids whose lines we have."""
    numbers = [int(id) for id in ids if id.isascii() and id.isdecimal() and len(id) < len(str(ID_MAX))]
    return {str(id) for id in BankTransfer.objects.filter(sepay_id__in=numbers).values_list("sepay_id", flat=True)}


def _body(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False)


def _readable(rows: Sequence[Row]) -> Iterator[Notice]:
    for row in rows:
        with suppress(BadDelivery):
            yield listed.notice(row)


def _first_id(account_number: str, now: datetime) -> int:
    """Return from which id on an account is asked for the first time."""
    lines = BankTransfer.objects.filter(account_number=account_number)
    recent = lines.filter(transferred_at__gte=now - FIRST_POLL).order_by("sepay_id").first()
    known = recent or lines.order_by("-transferred_at", "-sepay_id").first()
    return known.sepay_id if known else 0
