"""From nothing to a running shop: embedded services, the five processes, and the checks of `make lint`.

`python -m n2store.launch` prepares and supervises everything; `python -m n2store.launch.process NAME` becomes one of
its processes, and is what the supervisor, the Procfile and compose.yaml call. Nothing here imports an app.
"""
