"""`manage.py bank_continuity --account A [--since DATE]`: does each balance follow from the one before?"""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from banking.continuity.chain import Break, Line, chain
from banking.continuity.watch import line_of
from banking.models import BankTransfer, Incident, IncidentStatus, WatchedAccount
from n2store.clock import VIETNAM

SHOWN_MAX = 50


class Command(BaseCommand):
    """Prints the chain, its breaks and their incidents. Changes nothing; exits 1 when something is missing."""

    help = "Prove the running balance of one of the shop's accounts, or name what is missing."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, help="account number, as SePay writes it")
        parser.add_argument("--since", type=date.fromisoformat, help="first Vietnam day, such as 2026-11-01")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        account, since = options["account"], options["since"]
        told = BankTransfer.objects.filter(account_number=account)
        if since:
            told = told.filter(transferred_at__gte=datetime.combine(since, time(), tzinfo=VIETNAM))
        rows = told.only("sepay_id", "transferred_at", "direction", "amount_vnd", "accumulated_vnd")
        found = chain(map(line_of, rows.iterator()))
        if found is None:
            raise CommandError(f"There are no lines of account {account!r}" + (f" since {since}." if since else "."))
        if not any(line.after_vnd for line in found.lines):
            self.stdout.write(f"Account {account}: the bank tells no balances, so nothing can be proven.")
            return
        first, last = found.lines[0], found.lines[-1]
        came = sum(line.change_vnd for line in found.lines if line.change_vnd > 0)
        went = sum(-line.change_vnd for line in found.lines if line.change_vnd < 0)
        self.stdout.write(f"Account {account}: {len(found.lines):,} lines from {_at(first)} to {_at(last)}")
        self.stdout.write(f"{found.opening_vnd:,} + {came:,} in - {went:,} out = {found.opening_vnd + came - went:,}")
        self.stdout.write(f"the bank says {found.closing_vnd:,}")
        watched = WatchedAccount.objects.filter(account_number=account).first()
        if watched and watched.proven_until:
            until = watched.proven_until.astimezone(VIETNAM)
            self.stdout.write(
                f"watched: without an unexplained gap until {until:%Y-%m-%d %H:%M:%S}, {watched.proven_balance_vnd:,}"
            )
        missing, set_aside = self._tell(found.breaks)
        if missing:
            total_vnd = sum(one.missing_vnd for one in missing)
            raise CommandError(f"{len(missing)} breaks, {total_vnd:+,} dong in all.", returncode=1)
        if set_aside:
            total_vnd = sum(one.missing_vnd for one in set_aside)
            self.stdout.write(f"{len(set_aside)} breaks, {total_vnd:+,} dong in all, were set aside.")
        self.stdout.write("Nothing else is missing." if set_aside else "Nothing is missing.")

    def _tell(self, breaks: Sequence[Break]) -> tuple[list[Break], list[Break]]:
        """Print breaks with their incidents, and return those that are open and those that somebody has set aside."""
        incidents = {
            incident.after.sepay_id: incident
            for incident in Incident.objects.exclude(status=IncidentStatus.HEALED)
            .filter(after__sepay_id__in=[one.after.id for one in breaks])
            .select_related("after")
        }
        for one in breaks[:SHOWN_MAX]:
            incident = incidents.get(one.after.id)
            state = f"incident {incident.pk}, {incident.status}" if incident else "no incident yet"
            after = f"after {_at(one.before)} (SePay {one.before.id}), " if one.before else ""
            self.stdout.write(
                f"missing {one.missing_vnd:+,}: {after}before {_at(one.after)} (SePay {one.after.id}): {state}"
            )
        if len(breaks) > SHOWN_MAX:
            self.stdout.write(f"… and {len(breaks) - SHOWN_MAX} more")
        ignored = {id for id, incident in incidents.items() if incident.status == IncidentStatus.IGNORED}
        set_aside = [one for one in breaks if one.after.id in ignored]
        return [one for one in breaks if one.after.id not in ignored], set_aside


def _at(line: Line) -> str:
    return f"{line.at.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}"
