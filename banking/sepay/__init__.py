"""SePay: what its webhook sends, and how a transfer is read. For others: `reading`."""
