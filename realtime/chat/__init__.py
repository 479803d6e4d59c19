"""Chat history: what customers and pages said, read back. It is written by the inbox, from the frames."""
