"""The Celery application: tasks of every app, and database connections that live longer than one task.

A worker also holds the neighbours' sockets, see `realtime/upstream/bootstep.py`.
"""

import os

from celery import Celery

from realtime.upstream.bootstep import Upstreams

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "n2store.settings")
app = Celery("n2store")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.CELERY_DB_REUSE_MAX = 500  # Set here: the namespaced setting is not read. Fewer connects, 2.5 x the tasks.
app.autodiscover_tasks()
app.steps["worker"].add(Upstreams)
