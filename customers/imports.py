"""Taking in a sheet of customers: known by phone, filled and never emptied, all rows in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from customers import profile
from customers.events import CustomerUpdated
from customers.models import Activity, ActivityType, Customer, Origin
from customers.phones import InvalidPhone, canonical_phone
from n2store import audit
from n2store.errors import DomainError
from n2store.events import publish, wake_after_commit

ROWS_MAX = 1_000
FAULTS_TOLD_MAX = 50
FIELDS = ("name", "email", "address", "tags", "internal_note", "tpos_id", "debt_vnd", "active")


class InvalidImport(DomainError):
    """There is no list of customers, or it is too long."""

    code = "INVALID_IMPORT"


@dataclass(slots=True)
class Imported:
    """How a sheet was taken: rows that are in now, rows that were left out, and why."""

    success: int = 0
    created: int = 0
    changed: int = 0
    skipped: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)

    def skip(self, number: int, sentence: str) -> None:
        """Count a row that cannot be taken."""
        self.skipped += 1
        if len(self.faults) < FAULTS_TOLD_MAX:
            self.faults.append({"row": number, "error": sentence})


@transaction.atomic
def import_customers(rows: Sequence[object], *, by: str) -> Imported:
    """Add or complete the customers of a sheet; the same sheet again changes nothing.

    What a person typed stays, empty cells erase nothing, an unknown status is left out, a phone counts once.

    Raises:
        InvalidImport: `rows` is no list of 1 to 1,000.
    """
    if not isinstance(rows, list) or not 1 <= len(rows) <= ROWS_MAX:
        raise InvalidImport(f"customers must be a list of 1 to {ROWS_MAX:,} rows")
    result = Imported()
    sheet = _readable(rows, result)
    ids = _ensured(sheet, by=by)
    customers = _locked([customer_id for customer_id, _ in ids.values()])
    now = timezone.now()
    for phone, (customer_id, created) in ids.items():
        customer = customers[customer_id]
        news = profile.what_changes(customer, sheet[phone], Origin.IMPORT)
        result.success += 1
        result.created += created
        result.changed += bool(news) and not created
        if news:
            customer.field_sources = profile.sources_after(customer, news, source=Origin.IMPORT, by=by, at=now)
            customer.updated_at = now
            for name, value in news.items():
                setattr(customer, name, value)
            customer.save(update_fields=[*news, "field_sources", "updated_at"])
        if news and not created:
            _tell(customer, list(news), by=by)
    counts = {name: getattr(result, name) for name in ("success", "created", "changed", "skipped")}
    audit.record(actor=by, action="customer.import", after=counts)
    return result


def _readable(rows: Sequence[object], result: Imported) -> dict[str, dict[str, Any]]:
    """Return what each phone is to have, and count the rows that cannot be read."""
    sheet: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping) or not isinstance(row.get("phone"), str):
            result.skip(number, "phone is missing")
            continue
        try:
            phone = canonical_phone(row["phone"])
            given = profile.checked(_given(row))
        except InvalidPhone as fault:
            result.skip(number, str(fault))
        except profile.InvalidProfile as fault:
            result.skip(number, str(fault))
        else:
            if phone in sheet:
                result.skip(number, "the phone is in an earlier row")
            else:
                sheet[phone] = given
    return sheet


def _given(row: Mapping[str, object]) -> dict[str, object]:
    given = {name: row[name] for name in FIELDS if row.get(name) not in (None, "")}
    if "debt" in row and row["debt"] is not None:
        given["debt_vnd"] = row["debt"]
    status = row.get("status")
    known = profile.status_from_elsewhere(status) if isinstance(status, str) else None
    return given | ({"status": known} if known else {})


def _ensured(sheet: Mapping[str, Mapping[str, Any]], *, by: str) -> dict[str, tuple[int, bool]]:
    """Make the customers who are new; return id and whether it was made, by phone, in the order of locks."""
    phones = sorted(sheet)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT given.phone, made.customer_id, made.created"
            " FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS given (phone, name, place),"
            " customers_ensure(given.phone, given.name, %s) AS made ORDER BY given.place",
            [phones, [sheet[phone].get("name", "") for phone in phones], by],
        )
        ensured = {phone: (customer_id, created) for phone, customer_id, created in cursor.fetchall()}
    if any(created for _, created in ensured.values()):
        wake_after_commit()
    return ensured


def _locked(ids: list[int]) -> dict[int, Customer]:
    """Hold many customers in full: orders write history of many as well, and then come before or after, not between."""
    return Customer.objects.select_for_update().order_by("pk").in_bulk(ids)


def _tell(customer: Customer, fields: list[str], *, by: str) -> None:
    """Write the line of history and the event of a customer whom the sheet changed."""
    Activity.objects.create(
        customer=customer,
        type=ActivityType.PROFILE_UPDATED,
        title="Nhập dữ liệu: " + ", ".join(profile.LABELS[name] for name in fields),
        icon="file-import",
        color="blue",
        actor=by,
    )
    publish(CustomerUpdated(customer_id=customer.pk, phone=customer.phone, fields=fields))
