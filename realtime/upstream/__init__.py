"""The neighbours' sockets, Pancake's and TPOS's: held by one Celery worker, every frame stored. See ADR 0019.

Reading order: `heard.py`, `session.py`, `pancake/`, `tpos/`, `line.py`, `storing.py`, `holding.py`. For others are
`commands.py` (start and stop), `reading.py` (how it stands) and `storing.py` (`replay`).
"""
