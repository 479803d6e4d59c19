"""A receipt for each row of the ledger: one sentence of where the money came from or went, in the reader's language.

Any page of rows costs the same few queries. What a reference means to an app above (a bank transfer) that app tells
itself: it registers a teller for its type of reference.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from n2store.templatetags.money import day, moment, signed_vnd, vnd
from wallets.models import CreditUse, Source, Transaction, TransactionType, VirtualCredit

Teller = Callable[[Sequence[Transaction]], dict[int, str]]
"""Returns sentences by transaction id, in one query for all rows; a row it knows nothing of is left out."""

_tellers: dict[str, Teller] = {}
SPENDS = (TransactionType.VIRTUAL_DEBIT, TransactionType.WITHDRAW)
ENDINGS = (TransactionType.VIRTUAL_EXPIRE, TransactionType.VIRTUAL_CANCEL)


def register(reference_type: str, teller: Teller) -> None:
    """Let `teller` speak for the rows with this type of reference."""
    _tellers[reference_type] = teller


def receipts_of(rows: Sequence[Transaction], *, language: str | None = None) -> dict[int, str]:
    """Return a sentence for each row by its id, in `language` or else the active one."""
    with override(language) if language else nullcontext():
        behind = _behind(rows)
        return {row.pk: _told(row, behind) for row in rows}


def receipt(row: Transaction, *, language: str | None = None) -> str:
    """Return the sentence of one row."""
    return receipts_of([row], language=language)[row.pk]


@dataclass(frozen=True, slots=True)
class _Behind:
    """What stands behind a page of rows."""

    told: dict[int, str]
    spends: dict[str, list[Transaction]]
    uses: dict[int, list[CreditUse]]
    credits: dict[int, VirtualCredit]
    taken_back: dict[int, Transaction]
    taken_back_by: dict[int, int]


def _behind(rows: Sequence[Transaction]) -> _Behind:
    """Fetch it, a query for each kind of thing that is asked for."""
    told: dict[int, str] = {}
    for reference_type, teller in _tellers.items():
        theirs = [row for row in rows if row.reference_type == reference_type and row.type == TransactionType.DEPOSIT]
        if theirs:
            told |= teller(theirs)
    spends: dict[str, list[Transaction]] = defaultdict(list)
    keys = {row.key for row in rows if row.type in SPENDS}
    for spend in Transaction.objects.filter(key__in=keys, type__in=SPENDS).order_by("sequence") if keys else ():
        spends[spend.key].append(spend)
    uses: dict[int, list[CreditUse]] = defaultdict(list)
    users = [row.pk for row in rows if row.type in ENDINGS] + [row.pk for some in spends.values() for row in some]
    for use in CreditUse.objects.filter(transaction__in=users).order_by("id") if users else ():
        uses[use.transaction_id].append(use)
    issues = [row.pk for row in rows if row.type == TransactionType.VIRTUAL_CREDIT]
    credits = VirtualCredit.objects.filter(issue__in=issues) if issues else ()
    originals = [row.reverses_id for row in rows if row.reverses_id]
    reversals = (
        Transaction.objects.filter(reverses__in=[row.pk for row in rows]) if rows else Transaction.objects.none()
    )
    return _Behind(
        told=told,
        spends=spends,
        uses=uses,
        credits={credit.issue_id: credit for credit in credits},
        taken_back=Transaction.objects.in_bulk(originals) if originals else {},
        taken_back_by={back: number for back, number in reversals.values_list("reverses", "sequence") if back},
    )


def _told(row: Transaction, behind: _Behind) -> str:
    sentence = behind.told.get(row.pk) or _SENTENCES[TransactionType(row.type)](row, behind)
    if number := behind.taken_back_by.get(row.pk):
        sentence += ". " + _("Taken back by row no. {number}").format(number=number)
    return sentence


def _deposit(row: Transaction, behind: _Behind) -> str:
    if row.source == Source.BANK_TRANSFER:
        sentence = _("{amount} by bank transfer, entered by {actor}")
    elif row.source == Source.RETURN_GOODS:
        sentence = _("{amount} for goods that came back, entered by {actor}")
    else:
        sentence = _("{amount} put in by hand by {actor}")
    sentence = sentence.format(amount=vnd(row.amount_vnd), actor=row.actor)
    if row.reference_id:
        sentence += f" ({row.reference_id})"
    return _with_note(sentence, row)


def _issue(row: Transaction, behind: _Behind) -> str:
    credit = behind.credits.get(row.pk)
    if row.reference_type == "ticket":
        sentence = _("Virtual credit of {amount} from ticket {ticket}, issued by {actor}, good until {day}")
    else:
        sentence = _("Virtual credit of {amount} ({reason}), issued by {actor}, good until {day}")
    return sentence.format(
        amount=vnd(row.amount_vnd),
        ticket=row.reference_id,
        reason=credit.get_source_type_display() if credit else "",
        actor=row.actor,
        day=day(credit.expires_at) if credit else "",
    )


def _spend(row: Transaction, behind: _Behind) -> str:
    """Tell the whole spend, also beside one of its two rows."""
    rows = behind.spends.get(row.key, [row])
    amount = vnd(-sum(part.amount_vnd for part in rows))
    for_order = row.reference_type == "order" and row.reference_id
    if for_order:
        sentence = _("{amount} for order {order}").format(amount=amount, order=row.reference_id)
    else:
        sentence = _("{amount} taken out by {actor}").format(amount=amount, actor=row.actor)
    parts = [
        _("{amount} of virtual credit (lot {lot})").format(amount=vnd(use.amount_vnd), lot=use.credit_id)
        for part in rows
        for use in behind.uses.get(part.pk, ())
    ]
    parts += [
        _("{amount} of real money").format(amount=vnd(-part.amount_vnd))
        for part in rows
        if part.type == TransactionType.WITHDRAW
    ]
    several = f"{', '.join(parts[:-1])} {_('and')} {parts[-1]}" if len(parts) > 1 else "".join(parts)
    sentence = f"{sentence}: {several}"
    return sentence if for_order or not row.note else f"{sentence} ({row.note})"


def _expiry(row: Transaction, behind: _Behind) -> str:
    return _("Virtual credit of {amount} (lot {lot}) ran out at {moment}").format(
        amount=vnd(-row.amount_vnd), lot=_lot(row, behind), moment=moment(row.occurred_at)
    )


def _cancellation(row: Transaction, behind: _Behind) -> str:
    sentence = _("Virtual credit of {amount} (lot {lot}) taken back by {actor}").format(
        amount=vnd(-row.amount_vnd), lot=_lot(row, behind), actor=row.actor
    )
    return _with_note(sentence, row)


def _adjustment(row: Transaction, behind: _Behind) -> str:
    sentence = _("Balance adjusted by {amount}, by {actor}")
    return _with_note(sentence.format(amount=signed_vnd(row.amount_vnd), actor=row.actor), row)


def _reversal(row: Transaction, behind: _Behind) -> str:
    original = behind.taken_back.get(row.reverses_id or 0)
    sentence = _("Takes back row no. {number} ({kind} {amount}), by {actor}").format(
        number=original.sequence if original else "?",
        kind=original.get_type_display() if original else "",
        amount=signed_vnd(-row.amount_vnd),
        actor=row.actor,
    )
    return _with_note(sentence, row)


def _lot(row: Transaction, behind: _Behind) -> str:
    return ", ".join(str(use.credit_id) for use in behind.uses.get(row.pk, ())) or row.reference_id


def _with_note(sentence: str, row: Transaction) -> str:
    return f"{sentence}: {row.note}" if row.note else sentence


_SENTENCES: dict[TransactionType, Callable[[Transaction, _Behind], str]] = {
    TransactionType.DEPOSIT: _deposit,
    TransactionType.WITHDRAW: _spend,
    TransactionType.VIRTUAL_CREDIT: _issue,
    TransactionType.VIRTUAL_DEBIT: _spend,
    TransactionType.VIRTUAL_EXPIRE: _expiry,
    TransactionType.VIRTUAL_CANCEL: _cancellation,
    TransactionType.ADJUSTMENT: _adjustment,
    TransactionType.REVERSAL: _reversal,
}
