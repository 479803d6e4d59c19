"""`/api/sepay/…`: what SePay calls, and the old pages."""

from django.urls import path

from banking.sepay.webhook import ping, webhook

urlpatterns = [path("webhook", webhook), path("ping", ping)]
