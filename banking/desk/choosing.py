"""Candidates of a question: which one somebody means, and lists that come from outside."""

from typing import Any

from banking.desk.errors import InvalidCandidates, NotACandidate
from customers.models import Customer
from customers.phones import InvalidPhone, canonical_phone
from n2store.wire import storable

Candidates = list[dict[str, Any]]
"""As a decision keeps them."""
LOCAL = "LOCAL_"
"""What the old pages put before the phone of a customer whom TPOS does not know."""
CANDIDATES_MAX = 50
NAME_LENGTH_MAX = 255
TPOS_ID_LENGTH_MAX = 100


def chosen_by(candidates: Candidates, *, customer_id: int | str | None, phone: str, anybody: bool) -> dict[str, Any]:
    """Return the candidate that is meant. With `anybody`, a phone may also be of nobody among them.

    A number is the candidate's TPOS id, as the old pages send it, before it is ours.

    Raises:
        InvalidPhone: `phone` is none.
        NotACandidate: nobody is meant.
    """
    meant = "" if customer_id is None else str(customer_id).strip()
    if meant.startswith(LOCAL):
        phone = meant.removeprefix(LOCAL)
    if phone:
        phone = canonical_phone(phone)
        found = [candidate for candidate in candidates if candidate["phone"] == phone]
        if anybody and not found:
            return {"phone": phone}
    else:
        found = [candidate for candidate in candidates if candidate.get("tpos_id") == meant]
        found = found or [candidate for candidate in candidates if str(candidate.get("customer_id")) == meant]
    if not found or not (phone or meant):
        raise NotACandidate(
            "Selected customer not in matched list", requested=customer_id or phone, candidates=candidates
        )
    return found[0]


def put_in_form(given: object, *, known: Candidates) -> Candidates:
    """Return a list of candidates from outside as decisions keep it: one for each phone, checked, known fields only.

    Takes our flat form and the old server's groups, `{"phone", "count", "customers": [{"id", "name", "phone"}]}`.

    Raises:
        InvalidPhone: one of the phones is none.
        InvalidCandidates: there is none, too many, or they have another form.
    """
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise InvalidCandidates("Missing or invalid matched_customers array")
    flat = [one for entry in given for one in _flattened(entry)]
    if not 1 <= len(flat) <= CANDIDATES_MAX:
        raise InvalidCandidates(f"A question has 1 to {CANDIDATES_MAX} candidates")
    wanted: dict[str, dict[str, Any]] = {}
    for one in flat:
        phone = _phone(one.get("phone"))
        wanted.setdefault(phone, {"name": _text(one.get("name"), NAME_LENGTH_MAX), "tpos_id": _tpos_id(one)})
    before = {candidate["phone"]: candidate for candidate in known}
    ours = {customer.phone: customer for customer in Customer.objects.filter(phone__in=wanted)}
    return [before.get(phone) or _candidate(phone, said, ours.get(phone)) for phone, said in wanted.items()]


def _flattened(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the people of one group of the old server, or the one person that the entry is."""
    customers = entry.get("customers")
    if customers is None:
        return [entry]
    if not isinstance(customers, list) or not all(isinstance(one, dict) for one in customers):
        raise InvalidCandidates("customers must be a list of objects")
    return [{"phone": entry.get("phone"), **one} for one in customers]


def _candidate(phone: str, said: dict[str, Any], customer: Customer | None) -> dict[str, Any]:
    return {
        "customer_id": customer.pk if customer else None,
        "phone": phone,
        "name": customer.name if customer else said["name"],
        "source": "own" if customer else "tpos" if said["tpos_id"] else "text",
        "tpos_id": (customer.tpos_id if customer else said["tpos_id"]) or None,
        "score": 0,
        "evidence": [],
    }


def _phone(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidPhone("Invalid phone number")
    return canonical_phone(value)


def _text(value: object, length_max: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > length_max or not storable(value):
        raise InvalidCandidates(f"A name is text of at most {length_max} characters")
    return value.strip()


def _tpos_id(one: dict[str, Any]) -> str | None:
    value = one.get("tpos_id", one.get("id"))
    if value is None or str(value).startswith(LOCAL):
        return None
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise InvalidCandidates("An id is a number or a text")
    return _text(str(value), TPOS_ID_LENGTH_MAX) or None
