"""HTTP faces: one module a version. Private to the app."""
