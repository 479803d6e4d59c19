"""What jobs are called on screen, what each does, how often, and what a dry run's numbers mean."""

from typing import Any

from celery.schedules import BaseSchedule, crontab
from celery.schedules import schedule as interval
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.models import Tier

TITLES = {
    "ask-sepay": (
        gettext_lazy("Ask SePay's list"),
        gettext_lazy("Fetches transfers that SePay's webhook failed to tell of."),
    ),
    "check-carrier-deadlines": (
        gettext_lazy("Carriers' deadlines"),
        gettext_lazy("Raises the priority of tickets whose carrier has less than a day left."),
    ),
    "check-continuity": (
        gettext_lazy("Running balance"),
        gettext_lazy("Compares each account's running balance with its transfers, and opens an incident for a gap."),
    ),
    "check-topups": (
        gettext_lazy("Check top-ups"),
        gettext_lazy("Asks PayOS about payments that wait, and ends those that ran out."),
    ),
    "credit-approved": (
        gettext_lazy("Credit approved transfers"),
        gettext_lazy("Credits transfers that were approved and are in no wallet yet."),
    ),
    "detect-fraud": (
        gettext_lazy("Look for fraud"),
        gettext_lazy("Runs every rule over what is new, and opens a case for each customer it hits."),
    ),
    "expire-credits": (
        gettext_lazy("End credit that ran out"),
        gettext_lazy("Takes virtual credit that has run out off the wallets."),
    ),
    "fill-from-tpos": (
        gettext_lazy("Complete profiles"),
        gettext_lazy("Asks TPOS about customers whose profile is old or empty."),
    ),
    "fold-ticket-tally": (
        gettext_lazy("Tidy the counts of tickets"),
        gettext_lazy("Makes one row of many in the counts of tickets."),
    ),
    "match-due": (
        gettext_lazy("Find owners"),
        gettext_lazy("Asks TPOS about transfers that nobody could be found for."),
    ),
    "process-pending-withdrawals": (
        gettext_lazy("Withdrawals for orders"),
        gettext_lazy("Tries withdrawals that wait for money once more."),
    ),
    "prune-events": (
        gettext_lazy("Forget old events"),
        gettext_lazy("Deletes events that no browser can still want to catch up on."),
    ),
    "prune-frames": (
        gettext_lazy("Forget old frames"),
        gettext_lazy("Deletes what chat and order sockets said longer ago than it is kept."),
    ),
    "prune-gateway": (
        gettext_lazy("Forget old alerts"),
        gettext_lazy("Deletes alerts, and keys of sent messages, that nobody can still ask for."),
    ),
    "prune-inbox": (
        gettext_lazy("Forget old conversations"),
        gettext_lazy("Deletes messages, and who waits no more, when they are too old."),
    ),
    "prune-job-runs": (
        gettext_lazy("Shorten this diary"),
        gettext_lazy("Deletes old job runs; the last of each job stays."),
    ),
    "prune-traces": (
        gettext_lazy("Forget old calls"),
        gettext_lazy("Deletes traces of calls to other services that are too old or too many."),
    ),
    "link-contacts": (
        gettext_lazy("Know who writes"),
        gettext_lazy("Joins people in the inbox with customers whose phone they wrote."),
    ),
    "recalculate-rfm": (
        gettext_lazy("Score customers"),
        gettext_lazy("Gives every customer the scores and the tier that their orders earn as of now."),
    ),
    "retry-failed-deliveries": (
        gettext_lazy("Failed deliveries"),
        gettext_lazy("Takes deliveries that could not be taken when they came."),
    ),
    "settle-ticket-queue": (
        gettext_lazy("Order of the ticket queue"),
        gettext_lazy("Moves tickets of customers who became PLATINUM, or ceased to be, to their place."),
    ),
    "sync-orders": (gettext_lazy("Fetch orders"), gettext_lazy("Fetches invoices that have changed at TPOS.")),
    "tell-overdue-tickets": (
        gettext_lazy("Overdue tickets"),
        gettext_lazy("Writes into the customer's history that a return is late."),
    ),
    "tell-alerts": (
        gettext_lazy("Tell alerts"),
        gettext_lazy("Sends alerts to the shop's chat, until they are taken."),
    ),
    "verify-ledger": (
        gettext_lazy("Prove the ledger"),
        gettext_lazy("Counts every wallet anew, and closes the days that are right."),
    ),
    "watch-jobs": (
        gettext_lazy("Late jobs"),
        gettext_lazy("Raises an alert for each job that falls behind."),
    ),
    "watch-silence": (
        gettext_lazy("Silent pages"),
        gettext_lazy("Notices pages that have been silent for longer than they usually are."),
    ),
}
NUMBERS = {
    "scores": gettext_lazy("scores would be written"),
    "moved": gettext_lazy("customers would have another tier"),
    "cases": gettext_lazy("cases would be opened"),
    "blacklisted": gettext_lazy("customers would be blacklisted"),
    "lots": gettext_lazy("lots of credit would end"),
    "withdrawals": gettext_lazy("withdrawals would be tried"),
    "vnd": gettext_lazy("dong are in them"),
    "tickets": gettext_lazy("tickets would be raised"),
    "transfers": gettext_lazy("transfers would be credited"),
    "overdue": gettext_lazy("overdue tickets would be written into the history of their customers"),
    "tpos": gettext_lazy("connections to TPOS are set up, so nothing is asked"),
    "days_back": gettext_lazy("days back: TPOS is asked for what changed since then"),
    "minutes_back": gettext_lazy("minutes back: TPOS is asked for what changed since then"),
    "invoices": gettext_lazy("invoices TPOS tells of (the first 1,000 are looked at)"),
    "new_orders": gettext_lazy("of them are new here"),
    "newer_orders": gettext_lazy("of them have changed at TPOS"),
    "unreadable": gettext_lazy("of them cannot be read and would be left out"),
    "asked": gettext_lazy("customers TPOS would be asked about in one run"),
    "due": gettext_lazy("customers wait for that"),
    "sepay": gettext_lazy("connections to SePay's list are set up, so nothing is asked"),
    "accounts": gettext_lazy("accounts SePay would be asked about"),
    "breaks": gettext_lazy("missing transfers SePay would be asked about"),
    "deliveries": gettext_lazy("deliveries would be tried"),
    "alerts": gettext_lazy("alerts would be sent"),
    "runs": gettext_lazy("runs would be deleted"),
    "rows": gettext_lazy("rows would be deleted"),
}
DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60


def title_of(job: str) -> str:
    """Return what a job is called; its own name when staff made it up."""
    return str(TITLES[job][0]) if job in TITLES else job


def purpose_of(job: str) -> str:
    """Return what a job does, in a sentence."""
    return str(TITLES[job][1]) if job in TITLES else ""


def rhythm(schedule: BaseSchedule) -> str:
    """Return how often a job runs, such as `every 5 minutes` or `daily at 02:00`."""
    if isinstance(schedule, crontab):
        return _crontab(schedule)
    if isinstance(schedule, interval):
        seconds = round(schedule.run_every.total_seconds())
        if seconds % DAY_S == 0:
            return ngettext("every day", "every %(count)s days", seconds // DAY_S) % {"count": seconds // DAY_S}
        if seconds % HOUR_S == 0:
            return ngettext("every hour", "every %(count)s hours", seconds // HOUR_S) % {"count": seconds // HOUR_S}
        if seconds % MINUTE_S == 0:
            minutes = seconds // MINUTE_S
            return ngettext("every minute", "every %(count)s minutes", minutes) % {"count": minutes}
        return _("every %(count)s seconds") % {"count": seconds}
    return str(schedule)


def _crontab(schedule: Any) -> str:
    parts = [schedule._orig_day_of_week, schedule._orig_day_of_month, schedule._orig_month_of_year]  # noqa: SLF001
    hours, minutes = sorted(schedule.hour), sorted(schedule.minute)
    if any(str(part) != "*" for part in parts) or len(minutes) != 1 or len(hours) > 12:
        return str(schedule)
    return _("daily at %(times)s") % {"times": ", ".join(f"{hour:02}:{minutes[0]:02}" for hour in hours)}


def numbers_told(result: dict[str, int] | None) -> list[tuple[int, str]]:
    """Return a dry run's numbers with what each counts; a name such as `gold>silver` is a move between tiers.

    In the order of `NUMBERS`, since the database keeps the names of a result in one of its own; other names follow.
    """
    told = result or {}
    known = [name for name in NUMBERS if name in told]
    return [(told[name], _number(name)) for name in (*known, *(name for name in told if name not in NUMBERS))]


def _number(name: str) -> str:
    before, arrow, after = name.partition(">")
    if arrow:
        tiers = dict(Tier.choices)
        return f"{tiers.get(before, before)} → {tiers.get(after, after)}"
    return str(NUMBERS.get(name, name))
