"""What the database says of money that is missing, in the reader's language."""

import re

from n2store.messages import message_of
from n2store.templatetags.money import vnd
from wallets.ledger import InsufficientFunds

_AMOUNTS = re.compile(r"Available: (\d+), Required: (\d+)")


def told_error(sentence: str) -> str:
    """Return a sentence of the database about missing money as staff read it; any other text as it is."""
    amounts = _AMOUNTS.search(sentence)
    if amounts is None:
        return sentence
    available, required = (vnd(int(amount)).replace(" ", "\u00a0") for amount in amounts.groups())
    return message_of(InsufficientFunds.code, sentence, {"current_balance": available, "required_amount": required})
