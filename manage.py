#!/usr/bin/env python
"""Django's command line. It finds the running services of N2STORE_HOME by itself."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "n2store.settings")
    execute_from_command_line(sys.argv)
