"""What is pushed: event streams to browsers (SSE, WebSocket), relayed from the log. Nothing imports this app."""
