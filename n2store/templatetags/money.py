"""How amounts and moments look on every screen: `350.000 ₫` (in English `350,000 ₫`), `16/01/2026 14:02`."""

from datetime import date, datetime

from django import template
from django.utils.translation import get_language

from n2store.clock import VIETNAM

register = template.Library()


@register.filter
def grouped(number: int | None) -> str:
    """Return a whole number, grouped as the reader's language does; nothing for no number."""
    if number is None:
        return ""
    shown = f"{number:,}"
    return shown.replace(",", ".") if (get_language() or "").startswith("vi") else shown


@register.filter
def vnd(amount: int | None) -> str:
    """Return whole dong; nothing for no amount."""
    return "" if amount is None else f"{grouped(amount)} ₫"


@register.filter
def signed_vnd(amount: int | None) -> str:
    """Return whole dong with the sign of its direction: `+350.000 ₫`, `-50.000 ₫`."""
    return f"+{vnd(amount)}" if amount and amount > 0 else vnd(amount)


@register.filter
def moment(at: datetime | None) -> str:
    """Return Vietnam day and minute."""
    return f"{at.astimezone(VIETNAM):%d/%m/%Y %H:%M}" if at else ""


@register.filter
def day(on: date | datetime | None) -> str:
    """Return the Vietnam day."""
    if isinstance(on, datetime):
        on = on.astimezone(VIETNAM).date()
    return f"{on:%d/%m/%Y}" if on else ""
