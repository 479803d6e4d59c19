"""What went wrong with an order, what the shop owes for it, and until when."""
