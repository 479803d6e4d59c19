"""The house's own pages in the admin: its jobs."""
