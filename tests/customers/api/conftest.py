"""Customers for the tests of the API."""

import pytest

from customers.models import Customer
from customers.operations import create_customer


@pytest.fixture
def hoa(db: None) -> Customer:
    """Return a customer of whom something is known."""
    return create_customer(
        phone="0909318264", name="Đặng Thị Hương", email="huong@shop.vn", address="12 Lê Lợi, Quận 1", by="lan"
    )
