"""A row of SePay's list as the same `Notice` that its webhook tells. Ids and amounts are text: `"19689000.00"`."""

import re
from collections.abc import Mapping
from typing import Any

from banking.sepay.parser import BadDelivery, Notice, notice_of_fields

_DONG = re.compile(r"(-?[0-9]{1,18})(?:\.0*)?")
_ID = re.compile(r"[0-9]{1,19}")


def notice(row: Mapping[str, Any]) -> Notice:
    """Return what a row says, checked like a delivery.

    Raises:
        BadDelivery: incomplete, with parts of a dong, with two directions or none, or beyond what the table holds.
    """
    came, went = _dong(row, "amount_in"), _dong(row, "amount_out")
    if (came and went) or (not went and row.get("amount_in") in (None, "")):
        raise BadDelivery("A row of SePay's list has no single direction", reason="list_direction")
    return notice_of_fields(
        {
            "id": _id(row),
            "gateway": row.get("bank_brand_name"),
            "transactionDate": row.get("transaction_date"),
            "accountNumber": row.get("account_number"),
            "subAccount": row.get("sub_account"),
            "code": row.get("code"),
            "content": row.get("transaction_content"),
            "transferType": "out" if went else "in",  # Without money neither is told.
            "transferAmount": came or went,
            "accumulated": _dong(row, "accumulated"),
            "referenceCode": row.get("reference_number"),
        }
    )


def _id(row: Mapping[str, Any]) -> int:
    text = str(row.get("id"))
    if not _ID.fullmatch(text):
        raise BadDelivery("A row of SePay's list has no id", reason="list_id")
    return int(text)


def _dong(row: Mapping[str, Any], name: str) -> int:
    """Return whole dong; what is left out is none."""
    given = row.get(name)
    text = "0" if given is None or given == "" else str(given)
    if isinstance(given, bool) or not (found := _DONG.fullmatch(text)):
        raise BadDelivery(f"A row of SePay's list has no whole dong in {name}", reason=f"list_{name}")
    return int(found[1])
