"""Pages of the admin about calls to other services."""
