"""The inbox and its conversations on screen."""
