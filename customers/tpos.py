"""Filling customers in from TPOS, which never erases what the shop knows and never takes one person for another.

TPOS is asked outside every transaction; what it said is written in one of its own.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from customers import profile
from customers.models import Activity, ActivityType, Customer, Origin, Status
from customers.operations import update_profile
from customers.phones import InvalidPhone, canonical_phone
from customers.queries import CustomerNotFound
from n2store.errors import DomainError
from proxy.tpos import Found, Partner, Tpos, TposError, tpos

logger = logging.getLogger(__name__)

BY = "TPOS"
LOOK_TIMEOUT_S = 3.0
"""How long somebody who is looking waits for TPOS."""
RAW_DEPTH_MAX = 8
RAW_ITEMS_MAX = 500
PLACEHOLDERS = frozenset({"", "khách hàng mới", "n/a", "unknown"})


class Outcome(StrEnum):
    """What became of a question about one customer."""

    FILLED = "filled"
    SAME = "same"
    NOBODY = "nobody"
    SEVERAL = "several"
    INCOMPLETE = "incomplete"
    MOVED = "moved"


class NoSuchPerson(DomainError):
    """TPOS has no customer by that id with this phone."""

    status, code = 404, "TPOS_CUSTOMER_NOT_FOUND"


def fill(customer_id: int, *, book: Tpos | None = None) -> Outcome:
    """Ask TPOS about one customer and take what is new.

    Only a person of TPOS with exactly this phone counts. Of several nobody is taken: they stand in the customer's TPOS
    record and history until a person chooses, see `choose`.

    Raises:
        CustomerNotFound: there is no such customer.
        TposError: TPOS did not answer; nothing was changed.
    """
    phone = _phone_of(customer_id)
    return _take(customer_id, phone, (book or tpos()).search_by_phone(phone))


def take(customer_id: int, found: Found) -> Outcome:
    """Take what is new of an answer that TPOS gave to another question, such as the end of the customer's phone.

    Raises:
        CustomerNotFound: there is no such customer.
    """
    return _take(customer_id, _phone_of(customer_id), found)


def choose(customer_id: int, *, tpos_id: str, by: str) -> Outcome:
    """Say which person of TPOS the customer is, and fill in from that one.

    Raises:
        CustomerNotFound: there is no such customer.
        NoSuchPerson: TPOS has no such person, or with another phone.
        TposError: TPOS did not answer; nothing was changed.
    """
    phone = _phone_of(customer_id)
    partner = tpos().by_id(tpos_id)
    if partner is None or _canonical(partner.phone) != phone:
        raise NoSuchPerson("TPOS has no such customer with this phone")
    with transaction.atomic():
        update_profile(customer_id=customer_id, changes={"tpos_id": partner.id}, by=by, source=Origin.PERSON)
        return _take(customer_id, phone, Found((partner,), complete=True, total=1))


def lookup(phone: str, *, timeout_s: float = LOOK_TIMEOUT_S) -> dict[str, Any] | None:
    """Return what TPOS knows of a phone that is nobody's here yet: of exactly one person, otherwise None.

    None as well when TPOS does not answer in time: a look must not fail because of a neighbour.

    Raises:
        InvalidPhone: `phone` is no Vietnamese number.
    """
    try:
        phone = canonical_phone(phone)
        found = replace(tpos(), timeout_s=timeout_s).search_by_phone(phone)
    except TposError as error:
        logger.info("TPOS was not asked about a phone: %s", error)
        return None
    persons = _persons(found, phone)
    if len(persons) != 1 or not found.complete:
        return None
    [[newest, *_]] = persons.values()
    return {
        "phone": phone,
        "tpos_id": newest.id,
        "name": newest.name,
        "email": newest.email,
        "address": newest.address,
        "status": profile.status_from_elsewhere(newest.status) or Status.NORMAL,
        "tpos_data": _storable(newest.raw),
    }


def _phone_of(customer_id: int) -> str:
    """Return the phone to ask for. Whoever holds a transaction open is refused: money must not wait for TPOS."""
    with transaction.atomic(durable=True):
        phone = Customer.objects.filter(pk=customer_id).values_list("phone", flat=True).first()
    if phone is None:
        raise CustomerNotFound("Customer not found")
    return phone


@transaction.atomic
def _take(customer_id: int, phone: str, found: Found) -> Outcome:
    """Write what TPOS said about `phone`, if the customer still has it."""
    customer = Customer.objects.select_for_update().filter(pk=customer_id).first()
    if customer is None:
        raise CustomerNotFound("Customer not found")
    if customer.phone != phone:
        return Outcome.MOVED
    Customer.objects.filter(pk=customer_id).update(tpos_checked_at=timezone.now())
    persons = _persons(found, phone)
    if customer.tpos_id in persons:
        return _merge(customer, persons[customer.tpos_id])
    if not persons:
        return Outcome.NOBODY if found.complete else Outcome.INCOMPLETE
    if len(persons) == 1 and found.complete and not customer.tpos_id:
        [rows] = persons.values()
        return _merge(customer, rows)
    _show_candidates(customer, [rows[0] for rows in persons.values()])
    return Outcome.SEVERAL


def _persons(found: Found, phone: str) -> dict[str, list[Partner]]:
    """Return the rows with exactly this phone, by person. A person of TPOS is its id, whatever it is called."""
    persons: dict[str, list[Partner]] = {}
    for partner in found.partners:
        if _canonical(partner.phone) == phone:
            persons.setdefault(partner.id, []).append(partner)
    return persons


def _canonical(text: str) -> str | None:
    try:
        return canonical_phone(text)
    except InvalidPhone:
        return None


def _merge(customer: Customer, rows: Sequence[Partner]) -> Outcome:
    """Write one person's values where nobody typed others; further names become aliases."""
    newest = rows[0]
    given: dict[str, Any] = {"tpos_id": newest.id, "email": newest.email, "address": newest.address}
    names = list(dict.fromkeys(" ".join(name.split()) for row in rows for name in (row.name, _display_name(row))))
    names = [name for name in names if name.casefold() not in PLACEHOLDERS]
    if names:
        given["name"] = names[0]
    status = profile.status_from_elsewhere(newest.status)
    if status and (customer.status == Status.NORMAL or _said_by(customer, "status") == Origin.TPOS):
        given["status"] = status
    wanted = _good(given)
    wanted["aliases"] = _aliases(customer, [*names, customer.name], wanted.get("name", ""))
    news = profile.what_changes(customer, wanted, Origin.TPOS)
    record = _storable(newest.raw)
    if not news:
        if _said_by(customer, "tpos_data") != Origin.PERSON:  # A figure of TPOS that moved is no news of the customer.
            Customer.objects.filter(pk=customer.pk).update(tpos_data=record)
        return Outcome.SAME
    update_profile(customer_id=customer.pk, changes=news | {"tpos_data": record}, by=BY, source=Origin.TPOS)
    return Outcome.FILLED


def _display_name(row: Partner) -> str:
    shown = row.raw.get("DisplayName")
    return shown if isinstance(shown, str) else ""


def _said_by(customer: Customer, field: str) -> str:
    return str(customer.field_sources.get(field, {}).get("source", ""))


def _good(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what can stand in a profile: one odd value of TPOS does not keep out the others."""
    good: dict[str, Any] = {}
    for field, value in given.items():
        try:
            good |= profile.checked({field: value})
        except profile.InvalidProfile as refusal:
            logger.info("TPOS says what cannot stand: %s", refusal)
    return good


def _aliases(customer: Customer, names: Sequence[str], new_name: str) -> list[str]:
    """Return the known aliases and those names that the customer will not go by."""
    name = customer.name if _said_by(customer, "name") == Origin.PERSON or not new_name else new_name
    known = {name.casefold(), *map(str.casefold, customer.aliases)} | PLACEHOLDERS
    aliases = list(customer.aliases)
    for other in names:
        if other.casefold() not in known and len(other) <= profile.LIST_ITEM_LENGTH_MAX:
            known.add(other.casefold())
            aliases.append(other)
    return aliases[: max(profile.LIST_MAX, len(customer.aliases))]


def _show_candidates(customer: Customer, persons: Sequence[Partner]) -> None:
    """Keep who it might be, and tell so in the customer's history; once for the same persons."""
    candidates = [{"id": one.id, "name": one.name, "address": one.address} for one in persons]
    if customer.tpos_data and customer.tpos_data.get("candidates") == candidates:
        return
    if not customer.tpos_id:
        update_profile(
            customer_id=customer.pk,
            changes={"tpos_data": _storable({"candidates": candidates})},
            by=BY,
            source=Origin.TPOS,
        )
    earlier = Activity.objects.filter(customer=customer, reference_type="tpos").order_by("-id").first()
    if earlier is None or earlier.metadata.get("candidates") != candidates:
        Activity.objects.create(
            customer=customer,
            type=ActivityType.PROFILE_UPDATED,
            title=f"TPOS có {len(candidates)} khách với số này: chưa điền, cần chọn đúng người",
            description=", ".join(f"{one['name']} (TPOS {one['id']})" for one in candidates)[:2_000],
            reference_type="tpos",
            reference_id=customer.phone,
            metadata=_storable({"candidates": candidates}),
            icon="user-question",
            color="amber",
            actor=BY,
        )


def _storable(value: Any, depth: int = 0) -> Any:
    """Return JSON that PostgreSQL takes: no NUL, no half characters, no endless numbers, and not without bounds."""
    match value:
        case str():
            return value.replace("\x00", "").encode("utf-8", "ignore").decode()
        case float() if not math.isfinite(value):
            return None
        case Mapping() if depth < RAW_DEPTH_MAX:
            return {
                _storable(str(name)): _storable(item, depth + 1) for name, item in list(value.items())[:RAW_ITEMS_MAX]
            }
        case list() if depth < RAW_DEPTH_MAX:
            return [_storable(item, depth + 1) for item in value[:RAW_ITEMS_MAX]]
        case Mapping() | list():
            return None
    return value
