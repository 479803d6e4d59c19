"""Fields of this console's forms."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from tickets.details import LENGTH_MAX

WRITTEN = r"[A-Z0-9][A-Z0-9._/-]*"


class ParcelField(forms.CharField):
    """A carrier's code, in capitals and without spaces: as its list names it, and as it is looked for."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Tracking code"),
            required=False,
            max_length=LENGTH_MAX["tracking_code"],
            widget=forms.TextInput(
                attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
            ),
            validators=[RegexValidator(rf"\A{WRITTEN}\Z", _("Only letters, digits, dots and dashes."))],
        )

    @override
    def to_python(self, value: Any) -> Any:
        return "".join((super().to_python(value) or "").split()).upper()
