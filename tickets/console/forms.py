"""What is asked for before something is done with a ticket."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.models import CompensationKind
from wallets.commands import CREDIT_DAYS_MAX
from wallets.console.forms import AmountField, text_field


def amount_field(label: Any, *, required: bool = True, help_text: Any = "") -> AmountField:
    """Return a field for whole dong, which is said in words while one types."""
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "data-amount": "", "maxlength": 30})
    return AmountField(label=label, required=required, widget=widget, help_text=help_text)


class ResolveForm(forms.Form):
    """What the customer gets, if anything."""

    kind = forms.ChoiceField(
        label=_("The customer gets"),
        choices=[(kind.value, kind.label) for kind in (CompensationKind.DEPOSIT, CompensationKind.CREDIT)],
        widget=forms.RadioSelect,
    )
    amount = amount_field(_("Amount"), required=False, help_text=_("Empty: what the type of ticket gives by itself."))
    note = text_field(_("Note"), required=False)


class CreditForm(forms.Form):
    """Virtual credit for a ticket that stays open."""

    amount = amount_field(_("Amount"))
    days = forms.IntegerField(label=_("Lives for how many days"), min_value=1, max_value=CREDIT_DAYS_MAX)
    note = text_field(_("Note"), required=False)
