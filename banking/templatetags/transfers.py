"""Texts that strangers wrote, made harmless to look at: nothing in them turns the line around or hides itself."""

import re
import unicodedata
from datetime import datetime

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from n2store.templatetags.money import moment

register = template.Library()

RULES = "rules"
"""The actor of decisions that no person made."""
FIXED_NOTES = {
    "Approved by accountant": gettext_lazy("Approved by hand"),
    "Bulk approved": gettext_lazy("Approved together with others"),
    "reprocess": gettext_lazy("Credited afterwards"),
}
REJECTED = "REJECTED: "
_WHO_AND_WHEN = re.compile(
    r"(?P<how>Manual entry by |Auto-approved by accountant )(?P<who>.{1,150}) at (?P<at>[0-9T:+.-]+)"
)
SHOWN_MAX = 600
"""Longer than any bank lets people write; the rest of a hostile text is on the transfer's own page."""


@register.filter
def written(text: str, longest: int = SHOWN_MAX) -> SafeString:
    """Return a text as it came, in a box of its own direction; what has no face is shown by its number."""
    cut = text[:longest]
    shown = mark_safe("".join(_face(letter) for letter in cut))  # noqa: S308 -- each letter is escaped
    rest = f" … (+{len(text) - longest})" if len(text) > longest else ""
    return format_html('<bdi class="n2-written">{}{}</bdi>', shown, rest)


@register.filter
def who(actor: str) -> str:
    """Return who acted: a person's name, or that it was the rules."""
    return _("the rules") if actor == RULES else actor


@register.filter
def noted(note: str) -> str:
    """Return the note of a decision in the reader's words; stored are those that the old pages know."""
    if note in FIXED_NOTES:
        return str(FIXED_NOTES[note])
    if written := _WHO_AND_WHEN.fullmatch(note):
        at = _moment(written["at"])
        if written["how"] == "Manual entry by ":
            return _("%(who)s linked it by hand, %(at)s") % {"who": written["who"], "at": at}
        return _("%(who)s linked and approved it, %(at)s") % {"who": written["who"], "at": at}
    if note.startswith(REJECTED):
        return _("Rejected: %(reason)s") % {"reason": note.removeprefix(REJECTED)}
    return note


def _moment(text: str) -> str:
    try:
        return moment(datetime.fromisoformat(text))
    except ValueError:
        return text


def _face(letter: str) -> str:
    """Return a letter, or for what is no letter (control characters, turns of direction) its number in a frame."""
    if letter == "\n" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
        return conditional_escape(letter)
    return f'<span class="n2-code-point">U+{ord(letter):04X}</span>'
