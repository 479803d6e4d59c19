"""Every change to a customer, a verb each: the row, an audit line, a line of history and an event, all or nothing."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers import profile
from customers.events import CustomerUpdated, TierChanged
from customers.models import (
    Activity,
    ActivityType,
    Customer,
    Note,
    NoteCategory,
    OrderStats,
    Origin,
    Recency,
    RfmScore,
    TierCause,
    TierChange,
)
from customers.phones import canonical_phone
from customers.queries import CustomerNotFound
from n2store import audit
from n2store.errors import DomainError, NotFound
from n2store.events import publish, wake_after_commit

NOTE_LENGTH_MAX = 5_000
TITLE_LENGTH_MAX = 100
OWN_HISTORY = (ActivityType.CUSTOMER_CREATED, ActivityType.PROFILE_UPDATED)
"""History that every customer has of being written down; anything else says that something happened."""


class PhoneTaken(DomainError):
    """Another customer has this phone."""

    status, code = 409, "DUPLICATE_PHONE"


class CustomerInUse(DomainError):
    """Money, transfers, notes or history belong to this customer."""

    status, code = 409, "CUSTOMER_IN_USE"


class InvalidNote(DomainError):
    """The note is empty, too long, or of no known category."""

    code = "INVALID_NOTE"


class NoteNotFound(NotFound):
    """There is no such note."""


class InvalidAlias(DomainError):
    """The alias is empty or too long, or the customer has too many."""

    code = "INVALID_ALIAS"


@transaction.atomic
def get_or_create_customer(*, phone: str, name: str = "", by: str) -> tuple[Customer, bool]:
    """Return the customer of `phone` in any spelling, made with the seed's defaults if there was none.

    Calls at once for one phone make one customer. The wallet is opened in the same transaction, by trigger.

    Raises:
        InvalidPhone: `phone` is no Vietnamese number.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM customers_ensure(%s, %s, %s)", [canonical_phone(phone), name, by])
        customer_id, created = cursor.fetchone()
    if created:
        wake_after_commit()
    return Customer.objects.get(pk=customer_id), created


@transaction.atomic
def create_customer(*, phone: str, by: str, source: Origin = Origin.PERSON, **fields: Any) -> Customer:
    """Add a customer with whatever else is known.

    Raises:
        InvalidPhone: `phone` is no Vietnamese number.
        InvalidProfile: one of the fields cannot stand.
        PhoneTaken: somebody has this phone, also when two add it at the same moment.
    """
    given = profile.checked(fields)
    customer, created = get_or_create_customer(phone=phone, name=given.get("name", ""), by=by)
    if not created:
        raise PhoneTaken("A customer with this phone exists")
    return _complete(customer, given, source=source, by=by)


@transaction.atomic
def save_customer(
    *, phone: str, by: str, source: Origin = Origin.PERSON, given: Mapping[str, object]
) -> tuple[Customer, bool]:
    """Add the customer of `phone`, or change what is given; None means not given, and what is not given stays.

    Raises:
        InvalidPhone: `phone` is no Vietnamese number.
        InvalidProfile: one of the fields cannot stand.
    """
    fields = profile.checked({field: value for field, value in given.items() if value is not None})
    customer, created = get_or_create_customer(phone=phone, name=fields.get("name", ""), by=by)
    if created:
        return _complete(customer, fields, source=source, by=by), True
    return update_profile(customer_id=customer.pk, changes=fields, by=by, source=source), False


@transaction.atomic
def update_profile(
    *,
    customer_id: int,
    changes: Mapping[str, object],
    by: str,
    source: Origin | str = Origin.PERSON,
    reason: str = "",
    tier_cause: TierCause = TierCause.PERSON,
) -> Customer:
    """Write what really changes, and remember whose word each field is; history and audit log say the `reason`.

    TPOS and imports never overwrite what a person typed, and never empty a field.

    Raises:
        CustomerNotFound: there is no such customer.
        InvalidProfile: one of the changes cannot stand.
        PhoneTaken: the new phone is another customer's.
    """
    source = Origin(source)
    wanted = profile.checked(changes)
    customer = _locked(customer_id)
    news = profile.what_changes(customer, wanted, source)
    if not news:
        return customer
    before = {field: getattr(customer, field) for field in news}
    former_phone = customer.phone if "phone" in news else ""

    _write(customer, news, source=source, by=by)
    audit.record(
        actor=by,
        action="customer.update",
        subject=f"customer:{customer.pk}",
        before=_loggable(before),
        after=_loggable(news),
        detail=reason,
    )
    _remember(customer, "Sửa hồ sơ: " + profile.changes_told(before, news), by=by, description=reason)
    publish(
        CustomerUpdated(customer_id=customer.pk, phone=customer.phone, fields=list(news), former_phone=former_phone)
    )
    if "tier" in news:
        changed = TierChange(before=before["tier"], after=news["tier"], cause=tier_cause, reason=reason, actor=by)
        _keep_tier_change(customer, changed)
    return customer


def _keep_tier_change(customer: Customer, changed: TierChange) -> None:
    """Keep how a customer's tier changed, and announce it."""
    changed.customer = customer
    changed.save()
    publish(
        TierChanged(customer_id=customer.pk, phone=customer.phone, before=str(changed.before), after=str(changed.after))
    )


def deactivate(*, customer_id: int, by: str) -> Customer:
    """Hide a customer from lists and search; all that belongs to them stays.

    Raises:
        CustomerNotFound: there is no such customer.
    """
    return update_profile(customer_id=customer_id, changes={"active": False}, by=by)


def delete_customer(*, customer_id: int, by: str) -> None:
    """Remove a customer for good, who was only written down: nothing ever happened and nothing refers to them.

    Raises:
        CustomerNotFound: there is no such customer.
        CustomerInUse: money, transfers, notes or history belong to them.
    """
    try:
        _delete(customer_id, by=by)
    except IntegrityError as error:
        raise CustomerInUse("Other records still need this customer") from error


@transaction.atomic
def _delete(customer_id: int, *, by: str) -> None:
    customer = _locked(customer_id)
    history = Activity.objects.filter(customer=customer)
    if history.exclude(type__in=OWN_HISTORY).exists():
        raise CustomerInUse("Other records still need this customer")
    before = {field: getattr(customer, field) for field in profile.LABELS}
    history.delete()
    for kept in (Recency, RfmScore, OrderStats, TierChange):  # Of an order the database will say so.
        kept.objects.filter(customer=customer).delete()
    with connection.cursor() as cursor:  # Django would look for rows to cascade to; here the database decides.
        cursor.execute("DELETE FROM customers_customer WHERE id = %s", [customer_id])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    audit.record(actor=by, action="customer.delete", subject=f"customer:{customer_id}", before=_loggable(before))
    publish(CustomerUpdated(customer_id=customer_id, phone=customer.phone, fields=["deleted"]))


@transaction.atomic
def add_note(
    *, customer: Customer, content: str, category: str = NoteCategory.GENERAL, pinned: bool = False, by: str
) -> Note:
    """Write a note about the customer.

    Raises:
        InvalidNote: it is empty, too long, or of no known category.
    """
    try:
        content = profile.clean_text("content", content, length_max=NOTE_LENGTH_MAX)
    except profile.Faulty as fault:
        raise InvalidNote(str(fault)) from fault
    if not content:
        raise InvalidNote("Content is required")
    if category not in NoteCategory.values:
        raise InvalidNote(f"category must be one of: {', '.join(NoteCategory.values)}")
    note = Note.objects.create(customer=customer, content=content, category=category, pinned=pinned, actor=by)
    note.refresh_from_db(fields=["created_at"])
    audit.record(
        actor=by,
        action="customer.note.add",
        subject=f"customer:{customer.pk}",
        after={"note": note.pk, "text": content},
    )
    Activity.objects.create(
        customer=customer,
        type=ActivityType.NOTE_ADDED,
        title=content[:TITLE_LENGTH_MAX],
        reference_type="note",
        reference_id=str(note.pk),
        icon="sticky-note",
        color="yellow",
        actor=by,
    )
    _announce_notes(customer)
    return note


@transaction.atomic
def pin_note(*, note: Note, pinned: bool, by: str) -> bool:
    """Pin a note above the others, or let go of it; return whether that changed anything."""
    if not Note.objects.filter(pk=note.pk, pinned=not pinned).update(pinned=pinned):
        return False
    note.pinned = pinned
    audit.record(
        actor=by,
        action="customer.note.pin",
        subject=f"customer:{note.customer_id}",
        before={"note": note.pk, "pinned": not pinned},
        after={"note": note.pk, "pinned": pinned},
    )
    _announce_notes(note.customer)
    return True


@transaction.atomic
def delete_note(*, note: Note, by: str) -> None:
    """Take a note away; the audit log keeps its text.

    Raises:
        NoteNotFound: somebody else was faster.
    """
    note_id, customer = note.pk, note.customer
    deleted, _ = Note.objects.filter(pk=note_id).delete()
    if not deleted:
        raise NoteNotFound("Note not found")
    audit.record(
        actor=by,
        action="customer.note.delete",
        subject=f"customer:{customer.pk}",
        before={"note": note_id, "text": note.content, "by": note.actor},
    )
    _remember(customer, f"Xóa ghi chú: {note.content}"[:TITLE_LENGTH_MAX], by=by)
    _announce_notes(customer)


@transaction.atomic
def add_alias(*, customer: Customer, alias: str, by: str) -> bool:
    """Add a name that the customer goes by; return False when it is known already, in whatever case.

    Raises:
        InvalidAlias: it is empty or too long, or there are too many.
    """
    alias = _checked_alias(alias)
    locked = _locked(customer.pk)
    if alias.casefold() in map(str.casefold, locked.aliases):
        return False
    if len(locked.aliases) >= profile.LIST_MAX:
        raise InvalidAlias(f"A customer has at most {profile.LIST_MAX} aliases")
    update_profile(customer_id=customer.pk, changes={"aliases": [*locked.aliases, alias]}, by=by)
    return True


@transaction.atomic
def remove_alias(*, customer: Customer, alias: str, by: str) -> bool:
    """Take a name away; return False when the customer has no such name.

    Raises:
        InvalidAlias: it is empty or too long.
    """
    alias = _checked_alias(alias)
    locked = _locked(customer.pk)
    kept = [known for known in locked.aliases if known.casefold() != alias.casefold()]
    if len(kept) == len(locked.aliases):
        return False
    update_profile(customer_id=customer.pk, changes={"aliases": kept}, by=by)
    return True


def _checked_alias(alias: object) -> str:
    try:
        text = profile.clean_text("alias", alias, length_max=profile.LIST_ITEM_LENGTH_MAX)
    except profile.Faulty as fault:
        raise InvalidAlias(str(fault)) from fault
    if not text:
        raise InvalidAlias("Alias is required")
    return text


def _locked(customer_id: int) -> Customer:
    """Hold the customer's row. Others may go on to refer to it (`no_key`).

    Who writes the customer's history holds its newest line, and refers to this row when they commit: were it held in
    full, they would wait for us while we wait for that line.
    """
    try:
        return Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    except Customer.DoesNotExist as error:
        raise CustomerNotFound("Customer not found") from error


def _complete(customer: Customer, given: Mapping[str, Any], *, source: Origin, by: str) -> Customer:
    """Write the fields of a customer who was added in this transaction; the event of it is out already."""
    fields = {field: value for field, value in given.items() if value != getattr(customer, field)}
    if given.get("name"):
        fields["name"] = given["name"]
    if fields:
        _write(customer, fields, source=source, by=by)
    audit.record(
        actor=by,
        action="customer.create",
        subject=f"customer:{customer.pk}",
        after=_loggable({"phone": customer.phone} | fields),
    )
    if fields.keys() - {"name"}:
        publish(CustomerUpdated(customer_id=customer.pk, phone=customer.phone, fields=list(fields)))
    return customer


def _write(customer: Customer, fields: Mapping[str, Any], *, source: Origin, by: str) -> None:
    """Save the fields, whose word they are, and when. TPOS knows people by phone: of a new one it is asked at once."""
    now = timezone.now()
    stamped = {
        "field_sources": profile.sources_after(customer, fields, source=source, by=by, at=now),
        "updated_at": now,
    } | ({"tpos_due_at": now} if "phone" in fields else {})
    for field, value in {**fields, **stamped}.items():
        setattr(customer, field, value)
    try:
        with transaction.atomic():
            customer.save(update_fields=[*fields, *stamped])
    except IntegrityError as error:
        raise PhoneTaken("A customer with this phone exists") from error


def _remember(customer: Customer, title: str, *, by: str, description: str = "") -> None:
    """Write a line of the customer's history about the customer's own record."""
    Activity.objects.create(
        customer=customer,
        type=ActivityType.PROFILE_UPDATED,
        title=title[:255],
        description=description,
        icon="user-edit",
        color="blue",
        actor=by,
    )


def _announce_notes(customer: Customer) -> None:
    publish(CustomerUpdated(customer_id=customer.pk, phone=customer.phone, fields=["notes"]))


def _loggable(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields for the audit log; a whole TPOS record is only named there."""
    return {field: "…" if field == "tpos_data" and value else value for field, value in fields.items()}
