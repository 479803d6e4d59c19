"""The shop in figures: counted from the tables themselves, and kept for some seconds. Stands above every app."""
