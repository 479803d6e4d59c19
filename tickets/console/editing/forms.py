"""What can be said anew about a ticket. What nobody touched is neither judged nor sent."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from n2store.clock import VIETNAM
from n2store.wire import instant
from tickets.console.editing.sheet import LINE, MOMENT, Line, one_newline
from tickets.console.fields import ParcelField
from tickets.console.forms import AmountOrNothing, GoodForm, amount_field
from tickets.details import LENGTH_MAX
from tickets.models import FixCodReason, TicketType

FIRST, LAST = datetime(2000, 1, 1, tzinfo=VIETNAM), datetime(2199, 12, 31, tzinfo=VIETNAM)
WIRE = {
    "amount": "refund_amount", "cod": "original_cod", "new_cod": "new_cod", "reason": "fix_cod_reason",
    "parcel": "tracking_code", "carrier": "carrier", "deadline": "carrier_deadline", "subject": "subject",
    "description": "description", "internal_note": "internal_note",
}  # fmt: skip
"""Field of the page -> name that `changing.change` takes."""
ROW = {"name": "name", "price": "price", "quantity": "quantity", "back": "returnQuantity"}
"""Field of a line -> field of a row of goods."""


class AnewForm(forms.Form):
    """A form over texts that are there already: `initial` is what was drawn."""

    @cached_property
    def touched(self) -> set[str]:
        """The names of fields that say something else than was drawn; one that was not sent says nothing."""
        sent = {name: self.data.get(self.add_prefix(name)) for name in self.fields}
        return {
            name for name, text in sent.items() if text is not None and one_newline(text) != self.initial.get(name, "")
        }

    @override
    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in self.errors.keys() - self.judged():
            del self.errors[name]
        return given

    def judged(self) -> set[str]:
        """Return whose faults are told: what was not touched may be older than the rules of this form."""
        return self.touched


class EditForm(AnewForm):
    """The fields of a ticket; `names` are those that its reader may change."""

    amount = amount_field(
        _("Amount"),
        required=False,
        help_text=_("Left as it is, it follows the COD and the goods."),
        kind=AmountOrNothing,
    )
    cod = amount_field(_("COD of the parcel"), required=False, kind=AmountOrNothing)
    new_cod = amount_field(_("New COD"), required=False, kind=AmountOrNothing)
    reason = forms.ChoiceField(
        label=_("Why is the COD lowered?"), required=False, choices=[("", "–"), *FixCodReason.choices]
    )
    parcel = ParcelField()
    carrier = forms.CharField(label=_("Carrier"), required=False, max_length=LENGTH_MAX["carrier"])
    deadline = forms.DateTimeField(
        label=_("Carrier's deadline"),
        required=False,
        input_formats=[MOMENT],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        validators=[
            MinValueValidator(FIRST, message=_("Check the year.")),
            MaxValueValidator(LAST, message=_("Check the year.")),
        ],
    )
    subject = forms.CharField(label=_("Subject"), required=False, max_length=LENGTH_MAX["subject"])
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=LENGTH_MAX["description"],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    internal_note = forms.CharField(
        label=_("Internal note"),
        required=False,
        max_length=LENGTH_MAX["internal_note"],
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any, *, drawn: dict[str, str], names: set[str], type: str) -> None:
        super().__init__(data, initial=drawn, auto_id="edit-%s")
        self.type = type
        for name in self.fields.keys() - names:
            del self.fields[name]

    def clean_reason(self) -> str:
        """Return why the COD is lowered.

        Raises:
            ValidationError: it is, and nobody says why.
        """
        reason: str = self.cleaned_data["reason"]
        if self.type == TicketType.FIX_COD and not reason:
            raise forms.ValidationError(_("Say why the COD is lowered."))
        return reason

    def said(self) -> dict[str, Any]:
        """Return what was touched, as `changing.change` takes it."""
        given = {WIRE[name]: self.cleaned_data[name] for name in self.fields if name in self.touched}
        return {name: instant(value) if isinstance(value, datetime) else value for name, value in given.items()}


class LineForm(AnewForm, GoodForm):
    """A line of goods that is there, or one to be added."""

    price = AmountOrNothing(label=_("Price"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    gone = forms.BooleanField(label=_("Take away"), required=False)
    field_order = LINE

    def __init__(self, data: Any, *, number: int, drawn: Line | None) -> None:
        super().__init__(
            data, prefix=f"good-{number}", initial=dict(zip(LINE, drawn or (), strict=False)), auto_id="edit-%s",
            empty_permitted=drawn is None, use_required_attribute=False,
        )  # fmt: skip
        self.is_there = drawn is not None
        if not self.is_there:
            del self.fields["gone"]

    @property
    def is_gone(self) -> bool:
        """Whether the line is to be taken away."""
        return self.is_there and bool(self.cleaned_data.get("gone"))

    @override
    def judged(self) -> set[str]:
        if self.is_gone:
            return set()
        return self.touched if self.is_there else set(self.fields)

    def changes(self) -> dict[str, Any]:
        """Return the fields of the row that change; None for one that is taken away.

        Where nobody says any more how many come back, all do.
        """
        given = {name: self.cleaned_data[name] for name in ROW if name in self.touched}
        if "back" in given and given["back"] is None:
            given["back"] = self.cleaned_data.get("quantity")
        return {ROW[name]: None if value == "" else value for name, value in given.items()}
