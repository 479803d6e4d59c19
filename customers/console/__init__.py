"""What staff do at a customer's screen: find, write notes and names, and read the history."""
