"""What the first screen of the admin draws: money by day, credit that will run out, what waits, who the customers are.

Counted like the other figures, every few seconds at most; see ADR 17. Whole dong; days are Vietnam's.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Min

from banking.console.waiting import CHOICES, waiting
from customers.rfm.distribution import spread
from n2store.analytics import figures
from n2store.clock import vietnam_day
from n2store.figures import provided
from n2store.timetable import timetable
from n2store.wire import instant

DAYS = 30
EXPIRY_DAYS = 14

CREDIT = """
    SELECT CASE WHEN runs.out_on < %(after)s::date THEN runs.out_on END, count(*), sum(remaining_vnd)::bigint
    FROM wallets_virtualcredit CROSS JOIN LATERAL (SELECT customers_vietnam_day(expires_at) AS out_on) runs
    WHERE status = 'ACTIVE' AND expires_at > %(now)s::timestamptz GROUP BY 1
"""
"""Credit that can still be spent, by the day on which it runs out; none for what lives longer than is shown."""


def board(now: datetime) -> dict[str, Any]:
    """Return all of it."""
    return {
        "days": _money_by_day(now),
        "credit": _credit(now),
        "tickets": provided("tickets.board", now=now) or {"limits": [], "types": {}},
        "waiting": _waiting(),
        "customers": spread(),
        "jobs": {entry.name: entry.state.value for entry in timetable(now)},
        "generatedAt": instant(now),
    }


def _money_by_day(now: datetime) -> list[dict[str, Any]]:
    """Return real money for each of the last days, oldest first: what came into wallets, what was taken out."""
    return [
        {"date": day["date"], "in": day["DEPOSIT"]["amount"], "out": day["WITHDRAW"]["amount"]}
        for day in reversed(figures.last_days(now, days=DAYS))
    ]


def _credit(now: datetime) -> dict[str, Any]:
    today = vietnam_day(now)
    with connection.cursor() as cursor:
        cursor.execute(CREDIT, {"now": now, "after": today + timedelta(days=EXPIRY_DAYS)})
        rows = {day: (lots, vnd) for day, lots, vnd in cursor.fetchall()}
    days = [today + timedelta(days=ahead) for ahead in range(EXPIRY_DAYS)]
    return {
        "lots": sum(lots for lots, _vnd in rows.values()),
        "vnd": sum(vnd for _lots, vnd in rows.values()),
        "days": [
            {"date": day.isoformat(), "lots": rows.get(day, (0, 0))[0], "vnd": rows.get(day, (0, 0))[1]} for day in days
        ],
    }


def _waiting() -> list[dict[str, Any]]:
    """Return for each reason how many transfers wait, and since when the oldest does."""
    found = []
    for why in CHOICES:
        told = waiting(why).order_by().aggregate(count=Count("id"), since=Min("transferred_at"))
        found.append({"why": why.value, "count": told["count"], "since": instant(told["since"])})
    return found
