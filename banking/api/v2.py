"""`/api/v2/balance-history/…`: the addresses of this version."""

from django.urls import path

from banking.api import v2_adjust, v2_link, v2_lists, v2_review, v2_settings

urlpatterns = [
    path("balance-history", v2_lists.Transfers.as_view()),
    path("balance-history/pending", v2_lists.Questions.as_view()),
    path("balance-history/stats", v2_lists.Statistics.as_view()),
    path("balance-history/verification-stats", v2_lists.VerificationStats.as_view()),
    path("balance-history/verification-queue", v2_lists.VerificationQueue.as_view()),
    path("balance-history/accountant/stats", v2_lists.AccountantStats.as_view()),
    path("balance-history/approved-today", v2_lists.ApprovedToday.as_view()),
    path("balance-history/settings/auto-approve", v2_settings.AutoApprove.as_view()),
    path("balance-history/bulk-approve", v2_review.BulkApprove.as_view()),
    path("balance-history/<str:transaction_id>/link", v2_link.Link.as_view()),
    path("balance-history/<str:transaction_id>/unlink", v2_link.Unlink.as_view()),
    path("balance-history/<str:transaction_id>/resolve-match", v2_link.ResolveMatch.as_view()),
    path("balance-history/<str:transaction_id>/approve", v2_review.Approve.as_view()),
    path("balance-history/<str:transaction_id>/reject", v2_review.Reject.as_view()),
    path("balance-history/<str:transaction_id>/reprocess-wallet", v2_review.ReprocessWallet.as_view()),
    path("balance-history/<str:transaction_id>/can-adjust", v2_adjust.CanAdjust.as_view()),
    path("balance-history/<str:transaction_id>/adjust", v2_adjust.Adjust.as_view()),
]
