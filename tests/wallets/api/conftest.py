from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from knox.models import get_token_model
from rest_framework.test import APIClient

from customers.operations import get_or_create_customer
from n2store.roles import Role


@pytest.fixture
def token_client(transactional_db: None) -> APIClient:
    """Return a client with an owner's token, on real transactions, beside the customer Hoa."""
    get_or_create_customer(phone="0909318264", by="test")
    user = User.objects.create_user("chu")
    user.groups.add(Group.objects.get_or_create(name=Role.OWNER.value)[0])
    token: Any = get_token_model().objects.create(user)[1]
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client
