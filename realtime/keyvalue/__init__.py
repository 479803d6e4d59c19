"""Small values that pages keep on the server and watch through streams: settings, drafts, who holds what."""
