"""`/api/sepay/transfer-stats`: the list in which staff tick incoming transfers off. Every incoming transfer is in it."""

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from banking.api.answers import DONE, FLAG, FOUND, NUMBER, PAGING, TEXT, answer, body
from banking.api.inputs import Body, id_of, text_of
from banking.api.one import transfer_meant, whole
from banking.api.refusals import BankView
from banking.desk import labels, linking
from banking.lists import figures
from banking.lists.reading import KEY, page_of, one_text
from banking.lists.transfers import CHECK_LIST, INCOMING, ONE_CHECKED
from n2store.errors import NotFound
from n2store.windows import window_of

PER_PAGE, PER_PAGE_MAX = 1_000, 5_000
"""The old page asks for all and sorts them itself."""
