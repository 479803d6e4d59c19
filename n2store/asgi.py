"""What the push process serves. Streams and sockets never reach Django's handler.

See Note [Streams stay out of Django's handler] in `realtime/stream.py`.
"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "n2store.settings")
django_application = get_asgi_application()

from realtime.limits import LIMITS  # noqa: E402 -- the apps must be loaded first
from realtime.push import PushProcess  # noqa: E402 -- as above
from realtime.routing import with_streams  # noqa: E402 -- as above

push = PushProcess(LIMITS)
push.begin_with_daphne()
application = with_streams(django_application, push)
