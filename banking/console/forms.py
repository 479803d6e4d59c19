"""What is asked for before something is done with a transfer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from banking.models import AdjustmentKind
from customers.console.fields import PhoneField
from wallets.console.forms import AmountField, text_field

NAME_LENGTH_MAX = 255


class LinkForm(forms.Form):
    """Whose transfer it is, and whether the money goes to the wallet at once."""

    phone = PhoneField(label=_("Phone"), help_text=_("In any spelling, such as 0909 318 264 or +84909318264."))
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH_MAX,
        required=False,
        help_text=_("Only for somebody who is not in the shop yet."),
    )
    credit = forms.BooleanField(label=_("Credit the wallet at once"), required=False)


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = text_field(_("Reason"), required=True, help_text=_("Whoever reads the statement next year asks why."))


class AdjustTransferForm(ReasonForm):
    """How credited money is put right."""

    kind = forms.ChoiceField(
        label=_("What to do"),
        choices=[
            (AdjustmentKind.TRANSFER_TO_CORRECT, _("Give it to the right customer")),
            (AdjustmentKind.DEBIT_ONLY, _("Take all of it back")),
            (AdjustmentKind.AMOUNT_CORRECTION, _("Take a part of it back")),
        ],
        widget=forms.RadioSelect,
        initial=AdjustmentKind.TRANSFER_TO_CORRECT,
    )
    phone = PhoneField(label=_("Phone of the right customer"), required=False)
    amount = AmountField(
        label=_("Amount"),
        required=False,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "data-amount": "", "maxlength": 30}
        ),
        help_text=_("Empty: the whole transfer."),
    )
    field_order = ["kind", "phone", "amount", "reason"]
