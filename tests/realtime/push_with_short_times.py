"""The push process's application with little patience, for tests."""

from n2store.asgi import django_application
from realtime.limits import Limits
from realtime.push import PushProcess
from realtime.routing import with_streams

LIMITS = Limits(heartbeat_s=1, stalled_s=1, life_s=600, queue_max_bytes=64 * 1024)
application = with_streams(django_application, PushProcess(LIMITS))
