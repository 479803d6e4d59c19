"""`/api/sepay/tpos/…`: customers of TPOS, as the history's forms look them up through our server."""

import re
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from banking.api.answers import DONE
from banking.api.refusals import BankView
from customers.phones import InvalidPhone, canonical_phone
from proxy.tpos import Partner, TposError, tpos

PHONE = re.compile(r"[0-9]{10}")
PART = re.compile(r"[0-9]{5,10}")


class TposView(BankView):
    """A look at TPOS. One that does not answer is said so; nothing here depends on it."""

    trouble = "Failed to fetch customer from TPOS"

    @override
    def beside(self, refusal: Exception) -> dict[str, Any]:
        return {"error": self.trouble} if isinstance(refusal, TposError) else {}


class TposCustomer(TposView):
    """Who has a phone."""

    @extend_schema(operation_id="v1_sepay_tpos_customer", responses=DONE)
    def get(self, request: Request, phone: str) -> Response:
        """Return the newest customer of TPOS with exactly this phone, or nobody."""
        if not PHONE.fullmatch(phone):
            raise ValidationError("Invalid phone number (must be 10 digits)")
        found = [partner for partner in tpos().search_by_phone(phone).partners if _phone_of(partner) == phone][:1]
        data = [_fields(partner, phone) for partner in found]
        return Response({"success": True, "data": data, "count": len(data)})


class TposSearch(TposView):
    """Whose phone holds some digits."""

    trouble = "Failed to search TPOS"

    @extend_schema(operation_id="v1_sepay_tpos_search", responses=DONE)
    def get(self, request: Request, partial: str) -> Response:
        """Return customers of TPOS by phone, newest first."""
        if not PART.fullmatch(partial):
            raise ValidationError("Invalid partial phone (must be 5-10 digits)")
        by_phone: dict[str, list[dict[str, Any]]] = {}
        found = tpos().search_partial(partial)
        for partner in found.partners:
            if phone := _phone_of(partner):
                by_phone.setdefault(phone, []).append(_fields(partner, phone))
        data = [{"phone": phone, "count": len(rows), "customers": rows} for phone, rows in by_phone.items()]
        return Response({"success": True, "data": data, "totalResults": found.total, "uniquePhoneCount": len(by_phone)})


def _phone_of(partner: Partner) -> str:
    try:
        return canonical_phone(partner.phone)
    except InvalidPhone:
        return ""


def _fields(partner: Partner, phone: str) -> dict[str, Any]:
    """Return a customer of TPOS; `status` is TPOS's word for it, such as `Normal`."""
    word = partner.raw.get("Status")
    return {
        "id": int(partner.id), "phone": phone, "name": partner.name or "N/A", "email": partner.email or None,
        "status": word if isinstance(word, str) and word else None, "credit": partner.credit_vnd,
    }  # fmt: skip


urlpatterns = [
    path("tpos/customer/<str:phone>", TposCustomer.as_view()),
    path("tpos/search/<str:partial>", TposSearch.as_view()),
]
