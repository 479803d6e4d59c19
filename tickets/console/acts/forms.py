"""What is typed at a ticket's page, a form for each act that asks for something."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, gettext_lazy

from n2store.errors import DomainError
from n2store.refused import sentence
from n2store.templatetags.money import vnd
from tickets.console.forms import AmountOrNothing, amount_field
from tickets.details import LENGTH_MAX
from tickets.details import NOTE_LENGTH_MAX as TICKET_NOTE_LENGTH_MAX
from tickets.models import ClaimKind, CompensationKind, Direction, Party, Priority, Ticket
from tickets.money import Line
from tickets.record import owed_on
from tickets.writing_off import Which
from wallets.commands import CREDIT_DAYS_MAX
from wallets.console.forms import NOTE_LENGTH_MAX, text_field

FIELD_OF = {
    "AMOUNT_ABOVE_ROLE_LIMIT": "amount", "AMOUNT_EXCEED_LIMIT": "amount", "CLAIM_ABOVE_COD": "amount",
    "COMPENSATION_ABOVE_ORDER": "amount", "COMPENSATION_ABOVE_VALUE": "amount", "INVALID_AMOUNT": "amount",
    "INVALID_CLAIM": "received", "INVALID_EXPIRY": "days", "INVALID_NOTE": "note", "REASON_REQUIRED": "reason",
    "TICKET_ORDER_DOUBTED": "amount", "TICKET_UNSETTLED": "amount",
}  # fmt: skip
"""Beside which field a refusal is told, by its code. One that is about none is told above the page only."""


class ActForm(forms.Form):
    """What one act asks for; by itself nothing. Several stand on a page, so ids begin with the act's name."""

    name: ClassVar[str] = ""

    def __init__(self, data: Mapping[str, Any] | None = None, *, ticket: Ticket, **options: Any) -> None:
        self.ticket = ticket
        super().__init__(data, auto_id=f"{self.name}-%s", **options)

    def tell(self, refused: DomainError) -> None:
        """Say beside the field that it is about why the act was refused, and lead the eye there."""
        field = FIELD_OF.get(refused.code)
        if field in self.fields and not self.errors:
            self.add_error(field, sentence(refused))
        wrong = next((name for name in self.fields if name in self.errors), None)
        if wrong:
            self.fields[wrong].widget.attrs["autofocus"] = True

    def written(self) -> list[tuple[str, str]]:
        """Return what was written by hand, each under its label; a choice is made again in a moment."""
        fields = [field for field in self if not isinstance(field.field, forms.ChoiceField)]
        return [(str(field.label), str(field.value())) for field in fields if field.value()]


class CancelForm(ActForm):
    """Why a ticket comes to nothing. Nothing leads out of that, so that one press is not enough."""

    name = "cancel"
    note = text_field(gettext_lazy("Why is it cancelled?"), required=False)


class ResolveForm(ActForm):
    """What the customer gets, if anything."""

    name = "resolve"
    kind = forms.ChoiceField(
        label=gettext_lazy("The customer gets"),
        choices=[(kind.value, kind.label) for kind in (CompensationKind.DEPOSIT, CompensationKind.CREDIT)],
        widget=forms.RadioSelect,
    )
    amount = amount_field(
        gettext_lazy("Amount"),
        required=False,
        help_text=gettext_lazy("Empty: what the type of ticket gives by itself."),
        kind=AmountOrNothing,
    )
    note = text_field(gettext_lazy("Note"), required=False)


class CreditForm(ActForm):
    """Virtual credit for a ticket that stays open."""

    name = "credit"
    amount = amount_field(gettext_lazy("Amount"))
    days = forms.IntegerField(label=gettext_lazy("Lives for how many days"), min_value=1, max_value=CREDIT_DAYS_MAX)
    note = text_field(gettext_lazy("Note"), required=False)


class ClaimForm(ActForm):
    """What somebody owes the shop; what is typed for a reason again takes the place of what was said before."""

    name = "claim"
    kind = forms.ChoiceField(label=gettext_lazy("Why"), choices=ClaimKind.choices)
    amount = amount_field(
        gettext_lazy("Owes us"),
        help_text=gettext_lazy("The whole amount. Zero takes back what was said."),
        kind=AmountOrNothing,
    )
    received = amount_field(gettext_lazy("Of this has come"), required=False, kind=AmountOrNothing)
    note = text_field(gettext_lazy("Note"), required=False)


class WriteOffForm(ActForm):
    """Which open line is given up, or all of them, and why. Where several are open, one has to say which."""

    name = "write_off"
    which = forms.ChoiceField(label=gettext_lazy("What is given up"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=NOTE_LENGTH_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, ticket: Ticket, owed: Iterable[Line] | None = None
    ) -> None:
        super().__init__(data, ticket=ticket)
        is_open = [line for line in (owed_on(ticket) if owed is None else owed) if line.open_vnd]
        self.meant: dict[str, list[Which] | None] = {"": None}
        choices = []
        for line in is_open:
            word = f"{line.direction}-{line.party}"
            self.meant[word] = [(line.direction, line.party)]
            choices.append((word, GIVEN_UP[line.direction, line.party] % {"amount": vnd(line.open_vnd)}))
        if len(is_open) > 1:
            self.meant["all"] = None
            together = vnd(sum(line.open_vnd for line in is_open))
            choices.append(("all", gettext("Give up all of it: %(amount)s") % {"amount": together}))
        which = self.fields["which"]
        which.choices, which.required = choices, len(is_open) > 1  # type: ignore[attr-defined]
        which.initial = choices[0][0] if len(is_open) == 1 else None

    def clean_which(self) -> list[Which] | None:
        """Return the lines that are meant; None for whatever is open."""
        return self.meant[self.cleaned_data["which"]]


GIVEN_UP = {
    (Direction.OWED_BY, Party.CARRIER): gettext_lazy("Give up %(amount)s that the carrier owes us"),
    (Direction.OWED_BY, Party.CUSTOMER): gettext_lazy("Give up %(amount)s that the customer owes us"),
    (Direction.OWED_TO, Party.CARRIER): gettext_lazy("Give up %(amount)s that we owe the carrier"),
    (Direction.OWED_TO, Party.CUSTOMER): gettext_lazy("Give up %(amount)s that we owe the customer"),
}


class NoteForm(ActForm):
    """A note for colleagues."""

    name = "note"
    note = forms.CharField(label=gettext_lazy("New note"), max_length=TICKET_NOTE_LENGTH_MAX)


class AssignForm(ActForm):
    """Who looks after the ticket, how soon, and its refund in TPOS. What is not sent is as it was."""

    name = "assign"
    assigned_to = forms.CharField(
        label=gettext_lazy("Looked after by"), required=False, max_length=LENGTH_MAX["assigned_to"]
    )
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), required=False, choices=Priority.choices)
    refund_number = forms.CharField(
        label=gettext_lazy("Refund in TPOS"), required=False, max_length=LENGTH_MAX["refund_number"]
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, ticket: Ticket) -> None:
        now = {name: getattr(ticket, name) for name in self.base_fields}
        sent = {} if data is None else {name: data[name] for name in now if name in data}
        super().__init__(None if data is None else now | sent, ticket=ticket, initial=now)
