"""Money: a wallet for each customer and its append-only transactions. For others: `operations`, `queries`, `models`."""
