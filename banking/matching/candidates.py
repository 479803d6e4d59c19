"""Who a transfer may belong to: our own customers by code, phone, last digits and payer; people of TPOS by digits.

Many transfers cost one statement. Nothing is decided here.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from banking.matching.clues import Clues
from banking.matching.scoring import PAYER_ALONE, Candidate, Code, Evidence, best_first, last_digits, reason
from customers.phones import InvalidPhone, canonical_phone
from proxy.tpos import Found

SHOWN_MAX = 20
"""Candidates of one question. If there are more, the search counts as incomplete."""
PLACEHOLDERS = frozenset({"khach", "hang", "moi", "chi", "anh", "co", "chu", "bac", "em"})
"""Words of a name that tell nobody apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom a clue leads to, and what is known beside it."""

    phone: str
    name: str
    customer_id: int | None = None
    tpos_id: str | None = None
    source: str = "own"
    names: str = ""
    blacklisted: bool = False
    payer_times: int = 0
    order: str | None = None


Led = dict[str, list[Person]]
"""Persons by the kind of clue that led to them: `qr`, `phone`, `digits` or `payer`."""


def own(clues: Sequence[Clues]) -> list[Led]:
    """Return for each text which of our customers its clues lead to; one statement for all of them."""
    led: list[Led] = [defaultdict(list) for _ in clues]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nr, how, customer_id, phone, name, aliases, blacklisted, tpos_id, payer_times, order_id"
            " FROM banking_own_candidates("
            " string_to_array(%s, '|', ''), string_to_array(%s, '|', ''), string_to_array(%s, '|', ''),"
            " string_to_array(%s, '|', ''), string_to_array(%s, '|', '')::bigint[], %s)",
            [
                _listed(clue.qr for clue in clues),
                _listed(",".join(clue.phones) for clue in clues),
                _listed(clue.digits[::-1] for clue in clues),
                _listed(clue.payer.account for clue in clues),
                _listed(clue.amount_vnd for clue in clues),
                SHOWN_MAX + 1,
            ],
        )
        for nr, how, customer_id, phone, name, aliases, blacklisted, tpos_id, payer_times, order in cursor.fetchall():
            person = Person(
                phone=phone, name=name, customer_id=customer_id, tpos_id=tpos_id or None, names=f"{name} {aliases}",
                blacklisted=blacklisted, payer_times=payer_times, order=order,
            )  # fmt: skip
            led[nr - 1][how].append(person)
    return led


def _listed(values: Iterable[object | None]) -> str:
    """Return codes and numbers as one text, nothing as an empty place: making lists of them costs psycopg more."""
    return "|".join("" if value is None else str(value) for value in values)


def named_by_code(clue: Clues, led: Led) -> list[Candidate]:
    """Return the customer whose code stands in the text."""
    return [_weighed(person, "qr", [reason(Code.QR_FOUND, code=clue.qr)]) for person in led["qr"]]


def named_by_phone(clue: Clues, led: Led) -> list[Candidate]:
    """Return whom a full phone names: one person, or every customer of ours if the text names two of them.

    Of equals the later in the text stands first: it is the one that counts where only one of them is known.
    """
    ours = {person.phone: person for person in led["phone"]}
    if len(ours) > 1:
        two = reason(Code.TWO_OWNERS, count=len(clue.phones))
        both = [_weighed(ours[phone], "text", [reason(Code.FULL_PHONE, phone=phone), two])
                for phone in reversed(clue.phones) if phone in ours]  # fmt: skip
        return sorted(both, key=lambda candidate: -candidate.score)
    phone = clue.phones[-1]
    person = ours.get(phone) or Person(phone=phone, name="")
    return [_weighed(person, "text", [reason(Code.FULL_PHONE, phone=phone)])]


def named_by_part(clue: Clues, led: Led, persons: Sequence[Person], *, complete: bool) -> list[Candidate]:
    """Return those whose phone ends with the digits, and whose account it was that paid if it is none of them."""
    shared: list[Evidence] = []
    if len({person.phone for person in persons}) > 1:
        shared.append(reason(Code.TWO_OWNERS, count=len(persons)))
    if not complete:
        shared.append(reason(Code.SEARCH_INCOMPLETE))
    if len(clue.digits) < settings.BANK_PARTIAL_AUTO_MIN_DIGITS:
        shared.append(reason(Code.FEW_DIGITS, digits=clue.digits))
    payers = {person.phone: person for person in led["payer"]}
    known = {person.phone for person in persons}
    another = bool(payers) and payers.keys().isdisjoint(known)
    if another:
        shared.append(reason(Code.PAYER_OF_ANOTHER, name=next(iter(payers.values())).name))
    fitting = [_weighed(person, person.source, [last_digits(clue.digits), *_beside(clue, person), *shared])
               for person in persons]  # fmt: skip
    return best_first([*fitting, *(paid_before(clue, led) if another and persons else [])])


def paid_before(clue: Clues, led: Led) -> list[Candidate]:
    """Return the customers for whom staff confirmed the payer's account: worth asking about, no more."""
    return best_first(
        _weighed(person, "own", [_payer_seen(person, PAYER_ALONE), *_beside(clue, person, payer=False)])
        for person in led["payer"][:SHOWN_MAX]
    )


def part_of_own(led: Led) -> tuple[list[Person], bool]:
    """Return our customers whose phone ends with the digits, and whether these are all."""
    return led["digits"][:SHOWN_MAX], len(led["digits"]) <= SHOWN_MAX


def part_of_tpos(digits: str, found: Found) -> tuple[list[Person], bool]:
    """Return the people of TPOS whose phone ends with the digits, newest first and each phone once; and if all."""
    persons: dict[str, Person] = {}
    for partner in found.partners:
        try:
            phone = canonical_phone(partner.phone)
        except InvalidPhone:
            continue
        if phone.endswith(digits) and phone not in persons:
            persons[phone] = Person(
                phone=phone, name=partner.name, tpos_id=partner.id, source="tpos", names=partner.name
            )
    return list(persons.values())[:SHOWN_MAX], found.complete and len(persons) <= SHOWN_MAX


def alike(payer: str, names: str) -> bool:
    """Tell whether the payer's given name is a word of the customer's names, without case and diacritics."""
    words = _folded(payer)
    return bool(words) and words[-1] not in PLACEHOLDERS and len(words[-1]) > 1 and words[-1] in _folded(names)


def _folded(text: str) -> list[str]:
    apart = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return "".join(letter if letter.isalnum() else " " for letter in plain).split()


def _beside(clue: Clues, person: Person, *, payer: bool = True) -> list[Evidence]:
    """Return what speaks for a person beside the clue that led to them."""
    evidence = [_payer_seen(person)] if payer and person.payer_times else []
    if clue.payer.name and alike(clue.payer.name, person.names):
        evidence.append(reason(Code.NAME_ALIKE, name=clue.payer.name))
    if person.order is not None:
        evidence.append(reason(Code.AMOUNT_REQUESTED, order=person.order))
    return evidence


def _payer_seen(person: Person, points: int | None = None) -> Evidence:
    return reason(Code.PAYER_SEEN, points=points, times=person.payer_times)


def _weighed(person: Person, source: str, evidence: Iterable[Evidence]) -> Candidate:
    against = [reason(Code.BLACKLISTED)] if person.blacklisted else []
    return Candidate(
        customer_id=person.customer_id, phone=person.phone, name=person.name, source=source, tpos_id=person.tpos_id,
        evidence=(*evidence, *against),
    )  # fmt: skip
