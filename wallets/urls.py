"""Addresses of wallets below `/api/`."""

from django.urls import include, path

from wallets.api.v2_balance import Balance, BalanceBesideTransfers
from wallets.api.v2_pending import PendingWithdrawals

urlpatterns = [
    path("wallet/", include("wallets.api.v1")),
    path("v2/wallets/", include("wallets.api.v2")),
    path("v2/wallet/balance", Balance.as_view()),
    path("v2/balance-history/wallet/balance", BalanceBesideTransfers.as_view()),
    path("v2/pending-withdrawals", PendingWithdrawals.as_view()),
    path("v2/pending-withdrawals/", include("wallets.api.v2_pending")),
]
