"""Chat on screens of lower floors, which know no app above them: a customer's newest messages."""

from collections.abc import Sequence
from html import unescape

from django import template

from customers.models import Customer
from realtime.chat.queries import timeline_of
from realtime.models import Message

register = template.Library()

SHOWN_MAX = 12


@register.simple_tag
def newest_messages(customer: Customer) -> Sequence[Message]:
    """Return what was last said with a customer, oldest first. One query."""
    return timeline_of(customer.pk, limit=SHOWN_MAX)


@register.filter
def words(text: str) -> str:
    """Return a text as it is meant to be read: entities stay in what is kept, for pages that put it into HTML."""
    return unescape(text)
