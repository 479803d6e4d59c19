"""The lists of tickets: what each holds, and how one searches."""
