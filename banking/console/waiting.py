"""What needs a person: which transfers wait, and why each does."""

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from banking.models import MONEY_IN, BankTransfer, MatchStatus, PendingMatch, Verification


class Why(models.TextChoices):
    """Why a transfer waits; the values stand in addresses."""

    QUESTION = "question", _("Who is it?")
    NOBODY = "nobody", _("Nobody found")
    TPOS = "tpos", _("TPOS does not answer")
    LOOKING = "looking", _("TPOS is asked")
    SKIPPED = "skipped", _("Skipped")
    REVIEW = "review", _("Waits for the accountant")


CHOICES = (Why.QUESTION, Why.NOBODY, Why.TPOS, Why.SKIPPED, Why.REVIEW)
"""The reasons that the queue is narrowed by, in the order of its tabs."""

UNDECIDED = (Verification.PENDING, Verification.PENDING_VERIFICATION)
_ASKED = Exists(PendingMatch.objects.filter(transfer=OuterRef("pk"), status=MatchStatus.PENDING))
_SKIPPED = Exists(PendingMatch.objects.filter(transfer=OuterRef("pk"), status=MatchStatus.SKIPPED))


def waiting(why: str = "") -> QuerySet[BankTransfer]:
    """Return the transfers that wait for this reason, newest first; without one, all that nobody owns or skipped."""
    undecided = BankTransfer.objects.filter(MONEY_IN, verification__in=UNDECIDED)
    undecided = undecided.order_by("-transferred_at", "-id")
    if why == Why.REVIEW:
        return undecided.filter(customer__isnull=False, verification=Verification.PENDING_VERIFICATION)
    unowned = undecided.filter(customer=None)
    untouched = ~_ASKED & ~_SKIPPED
    match why:
        case Why.QUESTION:
            return unowned.filter(_ASKED)
        case Why.SKIPPED:
            return unowned.filter(~_ASKED & _SKIPPED)
        case Why.TPOS:
            return unowned.filter(untouched, match_due_at__isnull=False).exclude(match_trouble="")
        case Why.NOBODY:
            return unowned.filter(untouched, match_due_at=None)
    return unowned.filter(_ASKED | ~_SKIPPED)


def why_of(transfer: BankTransfer, match: PendingMatch | None) -> Why | None:
    """Return why a transfer waits, `match` being its latest question; None when it waits for nobody."""
    if not transfer.is_money_in or transfer.verification not in UNDECIDED:
        return None
    if transfer.customer_id:
        return Why.REVIEW
    if match and match.status == MatchStatus.PENDING:
        return Why.QUESTION
    if match and match.status == MatchStatus.SKIPPED:
        return Why.SKIPPED
    if transfer.match_due_at is None:
        return Why.NOBODY
    return Why.TPOS if transfer.match_trouble else Why.LOOKING


def below(transfer: BankTransfer) -> Q:
    """Return the condition on transfers that come after this one in the queue."""
    at = transfer.transferred_at
    return Q(transferred_at__lte=at) & (Q(transferred_at__lt=at) | Q(pk__lt=transfer.pk))


def above(transfer: BankTransfer) -> Q:
    """Return the condition on transfers that come before this one in the queue."""
    at = transfer.transferred_at
    return Q(transferred_at__gte=at) & (Q(transferred_at__gt=at) | Q(pk__gt=transfer.pk))


def latest_match(transfer: BankTransfer) -> PendingMatch | None:
    """Return the transfer's open question, or else the latest one. One query."""
    matches = PendingMatch.objects.filter(transfer=transfer)
    return matches.order_by(Case(When(status=MatchStatus.PENDING, then=0), default=1), "-id").first()
