"""What became of a transfer, in a sentence, and by which act it is taken back."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from banking.authority import Right, has
from banking.console.waiting import Why, why_of
from banking.models import BankTransfer, Decision, PendingMatch, Verification
from banking.templatetags.transfers import who
from n2store.roles import Caller
from n2store.templatetags.money import moment, vnd


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """The act that takes the last one back. A page asks and shows what happens first; the others are done at once."""

    address: str
    label: str
    is_page: bool = False


def told(transfer: BankTransfer, match: PendingMatch | None = None) -> str:
    """Return what became of a transfer that comes with its customer."""
    if not transfer.is_money_in:
        went = transfer.amount_vnd
        return _("Money that went out of the account.") if went else _("A line without money: it is nobody's.")
    if transfer.verification == Verification.REJECTED:
        return _("Rejected: it is no customer's money.")
    if transfer.customer is None:
        skipped = why_of(transfer, match) == Why.SKIPPED
        return _("Skipped.") if skipped else _("It has no owner yet.")
    given = {"amount": vnd(transfer.amount_vnd), "name": transfer.customer.name}
    if transfer.wallet_transaction_id:
        return _("%(amount)s was credited to %(name)s.") % given
    if transfer.verification == Verification.PENDING_VERIFICATION:
        return _("Linked to %(name)s; waits for the accountant.") % given
    return _("Linked to %(name)s; is being credited.") % given


def told_by(transfer: BankTransfer) -> str:
    """Return who decided last and when, such as `lan, 16/01/2026 14:02`. One query."""
    last = Decision.objects.filter(transfer=transfer).order_by("-id").values("actor", "at").first()
    return f"{who(last['actor'])}, {moment(last['at'])}" if last else ""


def way_back(transfer: BankTransfer, match: PendingMatch | None, caller: Caller) -> WayBack | None:
    """Return what the caller may do to take the last act on a transfer back; None where there is nothing."""
    if transfer.wallet_transaction_id:
        page = WayBack(address=_at("undo", transfer), label=_("Take back…"), is_page=True)
        return page if has(caller, Right.APPROVE) else None
    if transfer.verification == Verification.REJECTED:
        again = WayBack(address=_at("reopen", transfer), label=_("Not rejected after all"))
        return again if has(caller, Right.APPROVE) else None
    if transfer.customer_id and transfer.verification == Verification.PENDING_VERIFICATION:
        apart = WayBack(address=_at("unlink", transfer), label=_("Remove the link"))
        return apart if has(caller, Right.LINK) else None
    if why_of(transfer, match) == Why.SKIPPED:
        ask = WayBack(address=_at("unskip", transfer), label=_("Ask again"))
        return ask if has(caller, Right.RESOLVE) else None
    return None


def _at(act: str, transfer: BankTransfer) -> str:
    return reverse(f"admin:banking_banktransfer_{act}", args=[transfer.pk])
