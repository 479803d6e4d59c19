"""Why some jobs have no dry run, told on their page."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

AT_ONCE = gettext_lazy("It runs every few seconds: what a dry run told would be done before one has read it.")
TIDIES = gettext_lazy("It only tidies up: every page shows the same before and after.")
LOOKS = gettext_lazy("It only looks, and raises alerts; it changes nothing else.")
WHY = {
    "check-continuity": AT_ONCE,
    "check-topups": AT_ONCE,
    "match-due": AT_ONCE,
    "fold-ticket-tally": TIDIES,
    "settle-ticket-queue": TIDIES,
    "watch-jobs": LOOKS,
    "watch-silence": LOOKS,
    "verify-ledger": gettext_lazy(
        "It reads the wallets and changes none. A run tells all, and closes the days that are right."
    ),
    "link-contacts": gettext_lazy(
        "It joins only by a phone that somebody wrote, and what it joins can be taken apart again."
    ),
}


def why_none(job: str) -> str:
    """Return why a job has no dry run."""
    return str(WHY[job]) if job in WHY else _("Nobody has made one for this job.")
