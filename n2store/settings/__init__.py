"""Settings, all from the environment. `.env.example` explains each variable; nothing else reads `os.environ`."""

from n2store.settings.api import *  # noqa: F403
from n2store.settings.environment import *  # noqa: F403
from n2store.settings.framework import *  # noqa: F403
from n2store.settings.gateway import *  # noqa: F403
from n2store.settings.neighbours import *  # noqa: F403
from n2store.settings.running import *  # noqa: F403
from n2store.settings.screens import *  # noqa: F403
from n2store.settings.services import *  # noqa: F403
from n2store.settings.shop import *  # noqa: F403
from n2store.settings.timetable import *  # noqa: F403
