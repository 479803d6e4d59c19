"""The kept figures as the first screen draws them: bars and columns with their words, and the same as tables."""

from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from banking.console.pages import address_of
from banking.console.waiting import Why
from customers.rfm.pages import segment_bars, tier_bars
from n2store.charts import bars, columns
from n2store.console.jobs_told import title_of
from n2store.templatetags.money import day, grouped, moment, vnd
from n2store.timetable import State
from tickets.models import TicketType

ALARMS = {State.LATE, State.MISSING, State.FAILED}


def drawn(board: dict[str, Any]) -> dict[str, Any]:
    """Return what the template shows; nothing is counted here."""
    return {
        "counted_at": moment(datetime.fromisoformat(board["generatedAt"])),
        "money": _money(board["days"]),
        "credit": _credit(board["credit"]),
        "tickets": _tickets(board["tickets"]),
        "waiting": _waiting(board["waiting"]),
        "tiers": tier_bars(board["customers"]["tiers"]),
        "segments": segment_bars(board["customers"]["segments"]),
        "jobs": _jobs(board["jobs"]),
    }


def _money(days: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [(_day(one["date"]), one["in"], one["out"]) for one in days]
    titles = [f"{on}: +{vnd(came)} -{vnd(went)}" for on, came, went in rows]
    return {
        "columns": columns([(title, came, went) for title, (_on, came, went) in zip(titles, rows, strict=True)]),
        "rows": [(on, vnd(came), vnd(went)) for on, came, went in reversed(rows)],
        "first": rows[0][0],
        "last": rows[-1][0],
        "most_in": vnd(max(came for _on, came, _went in rows)),
        "most_out": vnd(max(went for _on, _came, went in rows)),
        "sum_in": vnd(sum(came for _on, came, _went in rows)),
        "sum_out": vnd(sum(went for _on, _came, went in rows)),
    }


def _credit(credit: dict[str, Any]) -> dict[str, Any]:
    rows = [(_day(one["date"]), one["lots"], one["vnd"]) for one in credit["days"]]
    soon = sum(worth for _on, _lots, worth in rows[:7])
    return {
        "vnd": vnd(credit["vnd"]),
        "lots": grouped(credit["lots"]),
        "soon": vnd(soon),
        "columns": columns([(f"{on}: {vnd(worth)}", worth, 0) for on, _lots, worth in rows]),
        "rows": [(on, grouped(lots), vnd(worth)) for on, lots, worth in rows],
        "first": rows[0][0],
        "last": rows[-1][0],
    }


def _tickets(tickets: dict[str, Any]) -> dict[str, Any]:
    names = dict(TicketType.choices)
    rows = sorted(tickets["types"].items(), key=lambda one: (-sum(one[1]), one[0]))
    total = sum(sum(ages) for _type, ages in rows)
    return {
        "ages": _ages(tickets["limits"]),
        "rows": [
            {"label": names.get(type, type), "ages": [grouped(count) for count in ages], "sum": grouped(sum(ages))}
            for type, ages in rows
        ],
        "bars": bars([(type, names.get(type, type), sum(ages)) for type, ages in rows], told=grouped),
        "total": grouped(total),
    }


def _ages(limits: list[int]) -> list[str]:
    """Return what each age is called: below 1 day, 1-3 days …, from 14 days on."""
    if not limits:
        return []
    between = [_("%(from)s-%(to)s days") % {"from": low, "to": high} for low, high in pairwise(limits)]
    return [_("under %(days)s d") % {"days": limits[0]}, *between, _("%(days)s days and more") % {"days": limits[-1]}]


def _waiting(waiting: list[dict[str, Any]]) -> dict[str, Any]:
    drawn = bars([(one["why"], str(Why(one["why"]).label), one["count"]) for one in waiting], told=grouped)
    return {
        "rows": [
            {
                "bar": bar,
                "address": address_of("review") if one["why"] == Why.REVIEW else address_of("queue", why=one["why"]),
                "since": moment(datetime.fromisoformat(one["since"])) if one["since"] else "",
            }
            for one, bar in zip(waiting, drawn, strict=True)
        ],
        "total": grouped(sum(one["count"] for one in waiting if one["why"] != Why.SKIPPED)),
    }


def _jobs(jobs: dict[str, str]) -> dict[str, Any]:
    alarms = [
        {"title": title_of(job), "state": state, "address": reverse("admin:n2store_jobrun_job", args=[job])}
        for job, state in jobs.items()
        if state in ALARMS
    ]
    return {"alarms": alarms, "count": len(jobs)}


def _day(iso: str) -> str:
    return day(date.fromisoformat(iso))
