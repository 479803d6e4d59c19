"""Who: a customer is one phone number. For others: `phones`, `operations`, `queries`, `events`, `models`."""
