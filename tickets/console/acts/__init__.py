"""Acts at one ticket: the forms they ask, and what a press does."""
