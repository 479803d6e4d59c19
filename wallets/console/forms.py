"""What is asked for before money moves."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from n2store.idempotency import is_key
from n2store.messages import message_of
from wallets.commands import CREDIT_DAYS_MAX, REFERENCE_LENGTH_MAX
from wallets.console.amounts import read_amount
from wallets.ledger import InvalidAmount
from wallets.models import CreditSource

NOTE_LENGTH_MAX = 500
KEY_LENGTH_MAX = 100


class AmountField(forms.CharField):
    """Whole dong as people write them; `static/n2store/amount.js` says them in words while one types."""

    @override
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return text
        try:
            return read_amount(text)
        except InvalidAmount as error:
            raise forms.ValidationError(message_of(error.code, str(error), error.params)) from error


def amount_field() -> AmountField:
    """Return the field that a form of money begins with."""
    widget = forms.TextInput(
        attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True, "data-amount": "", "maxlength": 30}
    )
    return AmountField(label=_("Amount"), widget=widget, help_text=_("Digits only, such as 150.000 or 150000."))


def text_field(label: Any, *, required: bool, help_text: Any = "") -> forms.CharField:
    """Return a field for a sentence."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=NOTE_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=help_text,
    )


class DeedForm(forms.Form):
    """Every form carries the key by which the deed is known again, made when the form was opened."""

    key = forms.CharField(max_length=KEY_LENGTH_MAX, widget=forms.HiddenInput)

    def clean_key(self) -> str:
        """Return the key.

        Raises:
            ValidationError: it is none that this screen made.
        """
        key: str = self.cleaned_data["key"]
        if not is_key(key):
            raise forms.ValidationError(message_of("INVALID_KEY", "", {}))
        return key


class DepositForm(DeedForm):
    """Real money in."""

    amount = amount_field()
    note = text_field(_("Note"), required=False, help_text=_("Shown on the customer's statement."))


class WithdrawForm(DepositForm):
    """Money out, by hand."""


class OrderForm(DeedForm):
    """Money out, for an order."""

    amount = amount_field()
    order = forms.CharField(
        label=_("Order code"),
        max_length=REFERENCE_LENGTH_MAX,
        help_text=_("An order is paid once, whoever tries again."),
    )
    note = text_field(_("Note"), required=False)


class CreditForm(DeedForm):
    """A lot of virtual credit."""

    amount = amount_field()
    days = forms.IntegerField(
        label=_("Lives for how many days"),
        min_value=1,
        max_value=CREDIT_DAYS_MAX,
        initial=lambda: settings.VIRTUAL_CREDIT_DAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    reason = forms.ChoiceField(label=_("Why"), choices=CreditSource.choices, initial=CreditSource.COMPENSATION)
    ticket = forms.CharField(
        label=_("Ticket"),
        max_length=REFERENCE_LENGTH_MAX,
        required=False,
        help_text=_("If there is one. A ticket is compensated once."),
    )
    note = text_field(_("Note"), required=False)


class AdjustForm(DeedForm):
    """A correction of real money."""

    direction = forms.ChoiceField(
        label=_("What to do"),
        choices=[("add", _("Add to the wallet")), ("take", _("Take from the wallet"))],
        widget=forms.RadioSelect,
        initial="add",
    )
    amount = amount_field()
    reason = text_field(_("Reason"), required=True, help_text=_("Whoever reads the statement next year asks why."))


class TakeBackForm(DeedForm):
    """Taking a row or a lot back."""

    reason = text_field(_("Reason"), required=True, help_text=_("Whoever reads the statement next year asks why."))
