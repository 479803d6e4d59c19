"""What granian serves: Django, shielded from bodies of unknown length and from bodies cut short."""

import gc

from n2store.launch.bodies import whole_bodies
from n2store.wsgi import application as django

application = whole_bodies(django)

# What was loaded stays: the collector need not walk through it again and again while requests wait.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
