"""Many customers at once, with their balances: one statement."""

from typing import Any

from customers.api.wire import CUSTOMER, JUDGED, WALLET, rows
from customers.phones import InvalidPhone, canonical_phone
from n2store.json_sql import map_of, number, object_of

BALANCE = {
    "balance": number("w.real_vnd"),
    "virtualBalance": number("w.virtual_vnd"),
    "total": number("w.real_vnd + w.virtual_vnd"),
}
BATCH = f"""
    SELECT {map_of("c.phone", object_of({**CUSTOMER, **WALLET, "wallet": object_of(BALANCE)}))},
           coalesce(array_agg(c.phone), '{{}}')
    FROM customers_customer c JOIN wallets_available w ON w.customer_id = c.id {JUDGED}
"""


def by_phones(phones: list[str]) -> tuple[bytes, int, list[str]]:
    """Return customers keyed by phone as JSON, how many there are, and the given spellings that are nobody's."""
    canonical = {given: _canonical(given) for given in phones}
    data, found = _batch("WHERE c.phone = ANY(%(wanted)s)", sorted(set(filter(None, canonical.values()))))
    known = set(found)
    return data, len(found), [given for given, phone in canonical.items() if phone not in known]


def by_ids(ids: list[int]) -> tuple[bytes, int]:
    """Return customers keyed by phone as JSON, and how many there are."""
    data, found = _batch("WHERE c.id = ANY(%(wanted)s)", sorted(set(ids)))
    return data, len(found)


def _batch(where: str, wanted: list[Any]) -> tuple[bytes, list[str]]:
    if not wanted:
        return b"{}", []
    row = rows(f"{BATCH} {where}", {"wanted": wanted})
    assert row is not None
    return row[0], row[1]


def _canonical(given: str) -> str:
    try:
        return canonical_phone(given)
    except InvalidPhone:
        return ""
