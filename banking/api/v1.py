"""`/api/sepay/…`: what SePay calls, and the old pages."""

from django.urls import include, path

from banking.sepay.webhook import ping, webhook

urlpatterns = [
    path("webhook", webhook),
    path("ping", ping),
    path("", include("banking.api.v1_lists")),
    path("", include("banking.api.v1_one")),
    path("", include("banking.api.v1_checklist")),
    path("", include("banking.api.v1_codes")),
    path("", include("banking.api.v1_tpos")),
    path("", include("banking.api.v1_matches")),
    path("", include("banking.api.v1_queue")),
    path("", include("banking.api.v1_gaps")),
    path("", include("banking.api.v1_money")),
]
