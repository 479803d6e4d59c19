"""Django's PostgreSQL, with one habit more: a connection that ended while nobody used it is not used again."""
