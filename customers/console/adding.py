"""Adding a customer by hand: a phone in any spelling, and what else is known. One phone is one customer."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import operations, profile
from customers.console.acts import keep_refusal
from customers.console.faults import fault_told
from customers.models import Customer
from customers.phones import InvalidPhone, canonical_phone
from n2store.messages import message_of
from n2store.pages import drawn
from n2store.roles import caller_of

PHONE_LENGTH_MAX = 40
TAGS_LENGTH_MAX = 1_000


class NewCustomerForm(forms.Form):
    """Only the phone must be known."""

    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=PHONE_LENGTH_MAX,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "autofocus": True}),
        help_text=gettext_lazy("In any spelling, such as 0909 318 264 or +84909318264."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=profile.LENGTH_MAX["name"], required=False)
    email = forms.CharField(
        label=gettext_lazy("Email"),
        max_length=profile.LENGTH_MAX["email"],
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=profile.LENGTH_MAX["address"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        max_length=TAGS_LENGTH_MAX,
        required=False,
        help_text=gettext_lazy("Several with commas between them."),
    )

    def clean_phone(self) -> str:
        """Return the canonical phone."""
        try:
            return canonical_phone(self.cleaned_data["phone"])
        except InvalidPhone as error:
            raise forms.ValidationError(message_of(error.code, str(error), error.params)) from error

    def clean_tags(self) -> list[str]:
        """Return the tags one by one."""
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]

    def given(self) -> dict[str, Any]:
        """Return what was filled in besides the phone."""
        return {field: value for field, value in self.cleaned_data.items() if field != "phone" and value}


def may_add(request: HttpRequest) -> bool:
    """Tell whether the reader adds customers: those who change them. No query, since every screen's menu asks."""
    return request.user.has_perm("customers.change_customer")


def add_view(request: HttpRequest) -> HttpResponse:
    """Ask for a new customer, or add one; who is there already is shown instead."""
    if not may_add(request):
        keep_refusal(request, None, code="PERMISSION_DENIED", detail="add_customer")
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, NewCustomerForm(initial={"phone": request.GET.get("phone", "")[:PHONE_LENGTH_MAX]}))
    form = NewCustomerForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    phone = form.cleaned_data["phone"]
    try:
        added = operations.create_customer(phone=phone, by=caller_of(request.user).name, **form.given())
    except profile.InvalidProfile as refused:
        for field, sentence in refused.faults.items():
            form.add_error(field, fault_told(sentence))
        return _page(request, form, status=refused.status)
    except operations.PhoneTaken as refused:
        known = Customer.objects.filter(phone=phone).first()
        keep_refusal(request, known, code=refused.code, detail=str(refused))
        return _page(request, form, known=known, status=refused.status)
    messages.success(request, _("%(name)s was added, with an empty wallet.") % {"name": added.name})
    return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[added.pk]))


def _page(
    request: HttpRequest, form: NewCustomerForm, *, known: Customer | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "known": known}
    title = _("Add a customer")
    return drawn(request, "customers/customer/add.html", context, title=title, of=Customer, status=status)
