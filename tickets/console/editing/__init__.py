"""A ticket's fields changed by hand."""
