"""Writing what the rules decided about transfers that had arrived before: one round trip for many."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from banking.matching.rules import Ruling
from banking.matching.scoring import RULE_VERSION
from n2store.events import wake_after_commit


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a transfer: a verdict, or `left` for one that was no longer as the rules saw it."""

    transfer_id: int
    outcome: str
    customer_id: int | None
    phone: str | None
    name: str | None
    is_new: bool


@transaction.atomic
def settle(rulings: Mapping[int, Ruling], *, ask_first: bool = False) -> list[Settled]:
    """Carry out the rulings, by transfer id, each with owner, money, decision, question and events.

    With `ask_first` the accountant lets the money in, whatever the setting says.
    """
    if not rulings:
        return []
    given = [ruling.as_json() | {"transfer_id": transfer_id} for transfer_id, ruling in rulings.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT transfer_id, outcome, customer_id, phone, name, is_new FROM banking_settle(%s, %s, %s, %s)",
            [json.dumps(given), RULE_VERSION, settings.MATCH_AUTO_THRESHOLD, ask_first],
        )
        settled = [Settled(*row) for row in cursor.fetchall()]
    wake_after_commit()
    return settled
