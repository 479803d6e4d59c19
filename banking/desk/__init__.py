"""What people do with bank transfers, a verb each: for the API, the admin and the commands. See ADR 13.

Each verb checks the caller's right, holds the transfer's row, looks at its state under that lock, and leaves a
decision, an audit line and events with the change, all in one transaction.
"""
