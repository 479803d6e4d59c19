"""Evidence in words, for staff."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from banking.matching.scoring import Code

WORDS = {
    Code.QR_FOUND: gettext_noop("The QR code {code} is the customer's"),
    Code.FULL_PHONE: gettext_noop("The text names the whole phone {phone}"),
    Code.LAST_DIGITS: gettext_noop("The phone ends with {digits}"),
    Code.PAYER_SEEN: gettext_noop("Staff confirmed this payer's account for the customer {times} times"),
    Code.NAME_ALIKE: gettext_noop("The payer is called {name}"),
    Code.AMOUNT_REQUESTED: gettext_noop("Order {order} waits for exactly this amount"),
    Code.TWO_OWNERS: gettext_noop("{count} customers fit"),
    Code.BLACKLISTED: gettext_noop("The customer is blacklisted"),
    Code.PAYER_OF_ANOTHER: gettext_noop("The payer's account is known as {name}'s"),
    Code.SEARCH_INCOMPLETE: gettext_noop("There may be more customers who fit: not all could be looked through"),
    Code.FEW_DIGITS: gettext_noop("{digits} is too short a part of a phone to be sure"),
    Code.TOPUP_NAMED: gettext_noop("The text names top-up {reference}, of which PayOS has not told this money yet"),
    Code.TOPUP_ALIKE: gettext_noop(
        "It may be the money of top-up {reference}, which is in the wallet already: same account, amount and time"
    ),
}


def said(evidence: dict[str, Any]) -> str:
    """Return one piece of evidence, as a decision keeps it, as a sentence in the reader's language.

    Evidence of a rule that is no longer known is told by its code.
    """
    code = str(evidence.get("code", ""))
    if code not in WORDS:
        return code
    try:
        return _(WORDS[Code(code)]).format(**evidence.get("text", {}))
    except KeyError:
        return code
