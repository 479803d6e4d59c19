"""`manage.py jobs_status`: each scheduled job with its last run and its next; exits with 1 when one is late."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from n2store.clock import VIETNAM
from n2store.timetable import Entry, timetable
from n2store.wire import instant


class Command(BaseCommand):
    """Late is a job that should have begun three minutes ago; missing, one that has never run."""

    help = "Tell when each scheduled job ran last and when it is due; fail when one is late or missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add how to tell."""
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the timetable."""
        entries = timetable()
        if options["json"]:
            self.stdout.write(json.dumps({"jobs": [_plain(entry) for entry in entries]}))
        else:
            self.stdout.write(f"{'job':<30}{'state':<9}{'last run':<18}{'due':<18}{'seen':>9}{'done':>9}  error")
            for entry in entries:
                self.stdout.write(_line(entry))
        if any(entry.is_late for entry in entries):
            raise SystemExit(1)


def _plain(entry: Entry) -> dict[str, Any]:
    run = entry.last
    return {
        "name": entry.name,
        "task": entry.task,
        "schedule": str(entry.schedule),
        "state": entry.state,
        "last_run": instant(entry.last_at),
        "due": instant(entry.due_at),
        "examined": run.examined if run else None,
        "changed": run.changed if run else None,
        "skipped": run.skipped if run else None,
        "error": run.error if run else None,
    }


def _line(entry: Entry) -> str:
    run = entry.last
    counts = f"{run.examined:>9,}{run.changed:>9,}" if run else f"{'-':>9}{'-':>9}"
    line = f"{entry.name:<30}{entry.state:<9}{_short(entry.last_at):<18}{_short(entry.due_at):<18}{counts}"
    return f"{line}  {run.error[:80]}" if run and run.error else line


def _short(at: datetime | None) -> str:
    return f"{at.astimezone(VIETNAM):%d/%m %H:%M:%S}" if at else "-"
