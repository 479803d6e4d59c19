"""`manage.py inbox_replay --since T [--preview] [--source frames]`: go through what was received, make up for what
was lost: SePay's deliveries, or frames of the neighbours' sockets that could not be understood.
"""

from argparse import ArgumentParser
from collections import Counter
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from banking.replay import CHANGES, Finding, What, replay
from n2store.clock import typed_moment
from realtime.upstream import storing

WORDS = {
    What.RESTORED: "was stored and was no transfer",
    What.TAKEN: "waited in the queue of failed deliveries",
    What.FOUND: "was nobody's; the rules now give it to {now}",
    What.OTHERWISE: "was given to {was}; the rules now say {now} (nothing is changed: see match_undo)",
    What.UNREADABLE: "cannot be stored: {error}",
}


class Command(BaseCommand):
    """Prints each finding and a sum. Money never doubles; a second replay changes nothing."""

    help = "Replay what was received through the present rules: restore what was lost, tell what would be otherwise."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", required=True, help='such as "2026-11-01 10:00"; Vietnam time unless a zone is given'
        )
        parser.add_argument("--preview", action="store_true", help="only tell what would be changed")
        parser.add_argument(
            "--source", choices=["sepay", "frames"], default="sepay", help="SePay's deliveries, or the sockets' frames"
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        preview = options["preview"]
        try:
            since = typed_moment(options["since"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        if options["source"] == "frames":
            self._frames(since, preview=preview)
            return
        counts: Counter[What] = Counter()
        for finding in replay(since=since, preview=preview):
            counts[finding.what] += 1
            self.stdout.write(_line(finding))
        changes = sum(counts[what] for what in CHANGES)
        told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "everything is as it should be"
        self.stdout.write(f"Since {since:%Y-%m-%d %H:%M:%S %z}: {told}.")
        self.stdout.write(f"Preview: {changes} would be changed, nothing was." if preview else f"{changes} changed.")

    def _frames(self, since: datetime, *, preview: bool) -> None:
        """Have what could not be understood understood again. What was understood is left alone."""
        understood = failed = 0
        for done in storing.replay(since=since, preview=preview):
            understood, failed = understood + (not done.error), failed + bool(done.error)
            self.stdout.write(f"frame {done.frame_id} ({done.event}): {done.error or 'is understood'}")
        self.stdout.write(f"Since {since:%Y-%m-%d %H:%M:%S %z}: {understood} understood, {failed} still not.")
        if preview:
            self.stdout.write("Preview: nothing was changed.")


def _line(finding: Finding) -> str:
    about = f"SePay {finding.sepay_id}" + (f", transfer {finding.transfer_id}" if finding.transfer_id else "")
    words = WORDS[finding.what].format(was=finding.was, now=finding.now or "nobody", error=finding.error)
    return f"{finding.what}: {about} {words}"
