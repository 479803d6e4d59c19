"""A shop to look at: customers, months of transfers, and a login for each role. `manage.py demo` makes it, once."""
