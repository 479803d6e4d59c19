"""The gateway's addresses."""
