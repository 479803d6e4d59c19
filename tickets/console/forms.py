"""What is asked for before a ticket is opened."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from customers.console.fields import PhoneField
from tickets.console.fields import ParcelField
from tickets.details import LENGTH_MAX
from tickets.models import RETURN_TYPES, FixCodReason, TicketType
from tickets.products import goods_value, pieces
from tickets.workflow import GOODS_COME
from wallets.console.forms import AmountField, DeedForm, text_field

GOODS_ROWS = 6
QUANTITY_MAX = 10_000
OFFERED = [TicketType.BOOM, TicketType.FIX_COD, TicketType.RETURN_CLIENT, TicketType.RETURN_SHIPPER, TicketType.OTHER]
"""The types of the old form come first; complaints and warranty were never opened there."""


class AmountOrNothing(AmountField):
    """An amount, or a zero for none."""

    @override
    def to_python(self, value: Any) -> Any:
        return 0 if isinstance(value, str) and value.strip() == "0" else super().to_python(value)


def amount_field(
    label: Any, *, required: bool = True, help_text: Any = "", kind: type[AmountField] = AmountField
) -> AmountField:
    """Return a field for whole dong, which is said in words while one types."""
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "data-amount": "", "maxlength": 30})
    return kind(label=label, required=required, widget=widget, help_text=help_text)


class LookupForm(forms.Form):
    """Whose ticket it is, and of which order; an order that we know says whose it is."""

    phone = PhoneField(
        label=_("Phone"), required=False, help_text=_("In any spelling, such as 0909 318 264 or +84909318264.")
    )
    order = forms.CharField(
        label=_("Order code"),
        required=False,
        max_length=LENGTH_MAX["order_id"],
        help_text=_("Enough by itself if the shop knows the order."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the phone or the order."""
        given = super().clean() or self.cleaned_data
        if not self.errors and not given.get("phone") and not given.get("order"):
            self.add_error("phone", _("Give a phone or the code of an order."))
        return given


class OpenForm(DeedForm):
    """What happened, and the money it is about."""

    phone = PhoneField(label=_("Phone"), widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), required=False, max_length=LENGTH_MAX["customer_name"])
    order = forms.CharField(label=_("Order code"), required=False, max_length=LENGTH_MAX["order_id"])
    parcel = ParcelField()
    carrier = forms.CharField(label=_("Carrier"), required=False, max_length=LENGTH_MAX["carrier"])
    type = forms.ChoiceField(
        label=_("What happened?"),
        choices=[(type.value, type.label) for type in sorted(TicketType, key=lambda one: one not in OFFERED)],
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(
        label=_("Why is the COD lowered?"), required=False, choices=[("", "–"), *FixCodReason.choices]
    )
    cod = amount_field(_("COD of the parcel"), required=False)
    amount = amount_field(
        _("Amount"),
        required=False,
        help_text=_("What the COD is lowered by, or what comes back is worth. Empty: what the goods below add up to."),
    )
    note = text_field(_("Note"), required=False)

    def complete(self, products: list[dict[str, Any]]) -> None:
        """Fill in the amount that goods or parcel say; what the type cannot do without is said beside its field."""
        given, type = self.cleaned_data, self.cleaned_data["type"]
        lowered = type == TicketType.FIX_COD
        reason = given["reason"] = given["reason"] if lowered else ""
        if not given["amount"]:
            given["amount"] = goods_value(products) or (given["cod"] if type == TicketType.BOOM else None)
        if lowered and not reason:
            self.add_error("reason", _("Say why the COD is lowered."))
        if lowered and not given["amount"]:
            self.add_error("amount", _("Say by how much the COD is lowered."))
        self._check_goods(type, reason, products)

    def _check_goods(self, type: str, reason: str, products: list[dict[str, Any]]) -> None:
        """Say beside which field goods are missing; who takes a part of a parcel keeps some and sends some back."""
        bought, back = pieces(products)
        if type in RETURN_TYPES and not back:
            self.add_error("type", _("Say below which goods come back."))
        elif reason in GOODS_COME and not back:
            self.add_error("reason", _("Say below which goods come back."))
        elif reason == FixCodReason.REJECT_PARTIAL and back >= bought:
            self.add_error("reason", _("Name below what the customer keeps, too. If all comes back, it was refused."))


class GoodForm(forms.Form):
    """A line of goods; one left empty is none."""

    name = forms.CharField(label=_("Product"), max_length=200)
    price = AmountField(label=_("Price"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    quantity = forms.IntegerField(label=_("Bought"), required=False, min_value=1, max_value=QUANTITY_MAX)
    back = forms.IntegerField(label=_("Coming back"), required=False, min_value=0, max_value=QUANTITY_MAX)

    def told(self) -> dict[str, Any]:
        """Return the line as order screens send it; where nobody says how many come back, all do."""
        given = self.cleaned_data
        bought = given["quantity"] or max(given["back"] or 0, 1)
        back = bought if given["back"] is None else given["back"]
        line = {"name": given["name"], "price": given["price"] or None, "quantity": bought, "returnQuantity": back}
        return {name: value for name, value in line.items() if value is not None}
