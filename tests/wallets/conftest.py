import pytest

from customers.models import Customer
from customers.operations import get_or_create_customer


@pytest.fixture
def customer(db: None) -> Customer:
    """Return a customer with an empty wallet."""
    return get_or_create_customer(phone="0909318264", name="Chị Hoa", by="test")[0]
