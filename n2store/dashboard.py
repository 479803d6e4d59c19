"""The first screen: what came in today, what waits for a person, whether the house is well, and the shop in charts.

Five queries for what must be of this moment, and one for the charts, which are kept for some seconds (ADR 17).
"""

import json
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest
from django.utils import timezone

from banking.models import BankTransfer, Direction, Refusal
from banking.queries import newest_transfers, unlinked_transfers
from n2store.analytics.board import board
from n2store.analytics.snapshots import kept
from n2store.board_drawn import drawn
from n2store.clock import VIETNAM, vietnam_day
from n2store.live import newest_position
from n2store.models import Event

TRANSFERS_SHOWN_MAX = 10
RELAY_LATE_S = 10
"""An event that waits longer than this for its place in the log means that the relay stands still."""


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the shop's figures to the index page, for those who may see transfers."""
    if not request.user.has_perm("banking.view_banktransfer"):
        return context
    cursor = newest_position()
    figures = {"shop": _figures(timezone.now()), "board": drawn(json.loads(kept("board", board)))}
    return context | figures | {"live_cursor": cursor, "live_events": "transfer.received"}


def _figures(now: datetime) -> dict[str, Any]:
    today = vietnam_day(now)
    midnight = datetime.combine(today, time.min, tzinfo=VIETNAM)
    came_in = BankTransfer.objects.filter(direction=Direction.IN, transferred_at__gte=midnight).aggregate(
        count=Count("id"), sum=Sum("amount_vnd", default=0)
    )
    late = Event.objects.filter(position=None, created_at__lt=now - timedelta(seconds=RELAY_LATE_S))
    return {
        "today": today,
        "came_in_count": came_in["count"],
        "came_in_vnd": int(came_in["sum"]),
        "unlinked_count": unlinked_transfers().count(),
        "refused_count": Refusal.objects.filter(day=today).aggregate(sum=Sum("count", default=0))["sum"],
        "relay_late": late.exists(),
        "transfers": list(newest_transfers()[:TRANSFERS_SHOWN_MAX]),
    }
