"""HTTP of the live events: the inbox, its news, chat history, small values, tickets for streams."""
