"""HTTP faces of tickets: one module a version. Private to the app."""
