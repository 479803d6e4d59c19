"""Fields of forms in which somebody names a customer."""

from typing import Any

from django import forms

from customers.phones import InvalidPhone, canonical_phone
from n2store.messages import message_of

PHONE_LENGTH_MAX = 40


class PhoneField(forms.CharField):
    """A phone in any spelling; its value is the canonical one, or nothing where it may be left empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}))
        super().__init__(max_length=PHONE_LENGTH_MAX, **kwargs)

    def clean(self, value: object) -> str:
        """Return the canonical phone.

        Raises:
            ValidationError: it is none.
        """
        text: str = super().clean(value)
        try:
            return canonical_phone(text) if text else ""
        except InvalidPhone as error:
            raise forms.ValidationError(message_of(error.code, str(error), error.params)) from error
