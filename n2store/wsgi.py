"""What the web process serves: admin, REST and webhooks."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "n2store.settings")
application = get_wsgi_application()
