"""Facebook's Graph, with the tokens of the shop's pages: read conversations, write to customers."""
