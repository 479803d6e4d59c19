"""Whose word a field of the profile is, in words."""

from datetime import datetime

from django.utils.translation import gettext as _

from customers.models import Customer, Origin
from n2store.templatetags.money import moment


def told_source(customer: Customer, field: str) -> str:
    """Return `Typed by lan, 16/01/2026 14:02`; nothing for a field that nobody has written yet."""
    said = customer.field_sources.get(field)
    if not isinstance(said, dict) or not said:
        return ""
    known = {"by": said.get("by", ""), "at": _moment(str(said.get("at", "")))}
    match said.get("source"):
        case Origin.PERSON:
            return _("Typed by %(by)s, %(at)s") % known
        case Origin.TPOS:
            return _("From TPOS, %(at)s") % known
    return _("Imported by %(by)s, %(at)s") % known


def _moment(text: str) -> str:
    try:
        return moment(datetime.fromisoformat(text))
    except ValueError:
        return text
