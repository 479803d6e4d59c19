"""What `web` and `gate` serve: admin, REST, webhooks and the gateway, each request counted."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "n2store.settings")
django_application = get_wsgi_application()

from n2store.front import told_by_the_front  # noqa: E402 -- as below
from n2store.metrics import counted  # noqa: E402 -- the apps must be loaded first

application = counted(told_by_the_front(django_application))
