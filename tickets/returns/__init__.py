"""Return orders: documents of goods that come back, beside the tickets."""
