"""The console of tickets: lists by state, a page for each ticket with what can be done, and a form for a new one."""
