"""Addresses of bank transfers below `/api/`."""

from django.urls import include, path

from banking.api.process import ProcessBankTransfers, ProcessBankTransfersV1
from banking.payos.webhook import webhook as payos_webhook

urlpatterns = [
    path("sepay/", include("banking.api.v1")),
    path("topup/", include("banking.api.topup")),
    path("payos/webhook", payos_webhook),
    path("balance-history/", include("banking.api.v1_unlinked")),
    path("v2/", include("banking.api.v2")),
    path("v2/wallets/cron/process-bank", ProcessBankTransfers.as_view()),
    path("wallet/cron/process-bank-transactions", ProcessBankTransfersV1.as_view()),
]
