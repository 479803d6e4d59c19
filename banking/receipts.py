"""The receipt of a deposit that a transfer or a top-up became: which bank, when, its code, who told and who decided."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from banking.models import BankTransfer, MatchMethod, TopupPayment
from n2store.templatetags.money import moment, vnd
from wallets.models import Transaction

MATCHED = {
    MatchMethod.QR_CODE: gettext_lazy("matched automatically by its QR code"),
    MatchMethod.EXACT_PHONE: gettext_lazy("matched automatically by the phone number"),
    MatchMethod.SINGLE_MATCH: gettext_lazy("matched automatically: only one customer fits"),
}


def tell(rows: Sequence[Transaction]) -> dict[int, str]:
    """Return the sentences of those rows that a transfer became, in one query."""
    named = {row.pk: int(row.reference_id) for row in rows if row.reference_id.isascii() and row.reference_id.isdigit()}
    transfers = BankTransfer.objects.select_related("delivery").in_bulk(named.values())
    return {
        row_id: _sentence(transfers[transfer_id], row_id)
        for row_id, transfer_id in named.items()
        if transfer_id in transfers
    }


def tell_topups(rows: Sequence[Transaction]) -> dict[int, str]:
    """Return the sentences of those rows that a top-up's payment became, in one query."""
    payments = TopupPayment.objects.select_related("topup").filter(wallet_transaction__in=[row.pk for row in rows])
    return {payment.wallet_transaction_id: _topup_sentence(payment) for payment in payments}


def _topup_sentence(payment: TopupPayment) -> str:
    return _("The customer topped up {amount} through {provider} at {moment} ({code})").format(
        amount=vnd(payment.amount_vnd),
        provider=payment.get_provider_display(),
        moment=moment(payment.paid_at),
        code=f"{payment.topup.tx_ref}, {payment.reference}",
    )


def _sentence(transfer: BankTransfer, row_id: int) -> str:
    """Tell of the transfer; who found its owner is told beside the deposit that stands, not beside one taken back."""
    sentence = _("The customer transferred {amount} through {bank} at {moment}").format(
        amount=vnd(transfer.amount_vnd), bank=transfer.gateway, moment=moment(transfer.transferred_at)
    )
    if transfer.reference_code:
        sentence += " " + _("(code {code})").format(code=transfer.reference_code)
    parts = [sentence, _("told by {provider}").format(provider=transfer.delivery.get_provider_display())]
    if transfer.wallet_transaction_id != row_id:
        return ", ".join(parts)
    if transfer.verified_by:
        parts.append(_("assigned by {actor}").format(actor=transfer.verified_by))
    elif transfer.match_method in MATCHED:
        parts.append(str(MATCHED[MatchMethod(transfer.match_method)]))
    return ", ".join(parts)
