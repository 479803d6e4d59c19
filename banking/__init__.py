"""Money that arrives: bank transfers told by SePay. For others: `operations`, `queries`, `models`."""
