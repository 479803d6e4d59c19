"""The goods of a ticket as the order screens send them: kept as they come, after a look at numbers and size. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from n2store.errors import DomainError
from n2store.windows import BIGINT_MAX
from n2store.wire import storable

PRODUCTS_MAX = 200
ATTACHMENTS_MAX = 20
BYTES_MAX = 100_000


class InvalidProducts(DomainError):
    """The list of goods cannot be: more goes back than was bought, or a number is none. `why` says it to the reader."""

    code = "INVALID_PRODUCTS"


def checked_products(given: object) -> list[dict[str, Any]]:
    """Return the goods as they are kept.

    Raises:
        InvalidProducts: they are no list of objects, or their numbers cannot be.
    """
    rows = _listed(given, most=PRODUCTS_MAX, name="products")
    for row in rows:
        if not isinstance(row, dict):
            raise InvalidProducts("products must hold objects", why=_("Each line of goods is an object with fields."))
        quantity, back = _whole(row, "quantity"), _whole(row, "returnQuantity")
        _whole(row, "price")
        if back is not None and back > (quantity if quantity is not None else BIGINT_MAX):
            told = {"name": str(row.get("name") or row.get("code") or "–")[:60], "back": back, "bought": quantity}
            raise InvalidProducts(
                f"returnQuantity {back} is more than the quantity {quantity} that was bought",
                why=_("%(name)s: %(back)s come back, but only %(bought)s were bought.") % told,
            )
    return rows


def checked_attachments(given: object) -> list[Any]:
    """Return links or records of files as they are kept.

    Raises:
        InvalidProducts: they are no list of texts and objects, or too much.
    """
    rows = _listed(given, most=ATTACHMENTS_MAX, name="attachments")
    if not all(isinstance(row, str | dict) for row in rows):
        raise InvalidProducts(
            "attachments must hold texts and objects", why=_("An attachment is a link, or an object with fields.")
        )
    return rows


def goods_value(products: list[dict[str, Any]]) -> int | None:
    """Return what the goods that go back are worth in whole dong; None where no row says how many go back."""
    going = [row for row in products if row.get("returnQuantity") is not None and row.get("price") is not None]
    if not going:
        return None
    return sum((_whole(row, "returnQuantity") or 0) * (_whole(row, "price") or 0) for row in going)


def something_comes_back(products: list[dict[str, Any]]) -> bool:
    """Tell whether a line comes back; one that does not say how much of it comes back whole."""
    return any(_whole(row, "returnQuantity") != 0 for row in products)


def pieces(products: list[dict[str, Any]]) -> tuple[int, int]:
    """Return how many pieces were bought, and how many of them come back."""
    bought = sum(_whole(row, "quantity") or 0 for row in products)
    return bought, sum(_whole(row, "returnQuantity") or 0 for row in products)


def rewritten(row: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with some of its fields changed; None takes one away, and what else the row says stays.

    A `total` that was price times quantity is that again.
    """
    new = {name: value for name, value in {**row, **changes}.items() if value is not None or name not in changes}
    if row.get("total") is not None and _total(row) == row["total"] and _total(new) is not None:
        new["total"] = _total(new)
    return new


def _total(row: dict[str, Any]) -> int | None:
    price, quantity = _whole(row, "price"), _whole(row, "quantity")
    return None if price is None or quantity is None else price * quantity


def _listed(given: object, *, most: int, name: str) -> list[Any]:
    if not isinstance(given, list) or len(given) > most:
        raise InvalidProducts(
            f"{name} must be a list of at most {most}",
            why=_("A ticket has at most %(most)s of them, as a list.") % {"most": most},
        )
    text = json.dumps(given, ensure_ascii=False)
    if len(text) > BYTES_MAX or not storable(text) or "\\u0000" in text:
        raise InvalidProducts(
            f"{name} are too large, or hold characters that are no text",
            why=_("This is too long, or holds characters that are no text."),
        )
    return given


def _whole(row: dict[str, Any], name: str) -> int | None:
    """Return a number of a row that is whole and not below zero; a text of digits counts, as old pages send it."""
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10**12 or value % 1:
        raise InvalidProducts(
            f"{name} must be a whole number, not below zero",
            why=_("Prices and quantities are whole numbers, not below zero."),
        )
    return int(value)
