"""Runs a plugin: see `python3 -m plughost --help`."""

import sys

from ._runner import main

sys.exit(main())
