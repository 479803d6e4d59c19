"""Why a value cannot stand in a profile, in the reader's language: programs get the English sentence."""

import re

from django.utils.translation import gettext as _


def fault_told(sentence: str) -> str:
    """Return a sentence of `customers.profile` as staff read it."""
    if "must not be empty" in sentence:
        return _("This must not be empty.")
    if "no e-mail address" in sentence:
        return _("This is no e-mail address.")
    if longest := re.search(r"at most ([0-9,]+) characters", sentence):
        return _("At most %(longest)s characters.") % {"longest": longest[1]}
    if "cannot be stored" in sentence:
        return _("There is a character in it that cannot be stored. Please type it again.")
    if most := re.search(r"at most ([0-9]+) texts", sentence):
        return _("At most %(most)s of them.") % {"most": most[1]}
    return sentence
