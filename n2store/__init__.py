"""The project itself: settings and entry points above every app, and the few things every app stands on.

For others: `events.publish`, `errors`, `clock`, `roles`, `jobs`. The rest wires the apps together.
"""
