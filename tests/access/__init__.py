"""Every address of the API by app, with the methods that it answers: `test_access.py` walks them."""
