"""The goods of a ticket as they are shown: what the order screens sent, whatever shape it has."""

from dataclasses import dataclass
from typing import Any

SHOWN_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """One line of goods. A number that is none is left out."""

    code: str
    name: str
    price_vnd: int | None
    quantity: int | None
    back: int | None

    @property
    def back_vnd(self) -> int | None:
        """What goes back is worth."""
        return None if self.price_vnd is None or self.back is None else self.price_vnd * self.back


def told_goods(products: Any) -> list[Good]:
    """Return the lines that can be shown."""
    rows = [row for row in products if isinstance(row, dict)] if isinstance(products, list) else []
    return [
        Good(
            code=str(row.get("code") or ""),
            name=str(row.get("name") or row.get("code") or ""),
            price_vnd=_whole(row.get("price")),
            quantity=_whole(row.get("quantity")),
            back=_whole(row.get("returnQuantity")),
        )
        for row in rows[:SHOWN_MAX]
    ]


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        return int(value)
    return int(value) if isinstance(value, int | float) and abs(value) < 10**15 else None


def in_short(products: Any, *, most: int = 3) -> str:
    """Return the goods in one line, such as `Áo thun ×2, Váy ×1`."""
    goods = told_goods(products)
    named = [f"{good.name} ×{good.back if good.back is not None else good.quantity or 1}" for good in goods[:most]]
    return ", ".join([*named, *(["…"] if len(goods) > most else [])])
