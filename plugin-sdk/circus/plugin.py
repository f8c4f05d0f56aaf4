"""Runs a plugin that was written for Circus, with Circus's own runner.

    python3 plugin.py --endpoint E --pubsub P [--config K:V:::K:V] MODULE.CLASS

The same as Circus's `python3 -c 'from circus import plugins; plugins.main()'`, but where Circus is
not installed it says how to help that. It is a process of its own, so that the daemon need not know.
"""

from __future__ import annotations

import sys


def main() -> None:
    sys.path[0] = ""  # as for a program without a file: modules in the working folder are found
    try:
        from circus import plugins
    except ImportError as error:
        sys.exit(f"cannot run '{sys.argv[-1]}': Circus is not there for {sys.executable}: {error} "
                 f"(a plugin written for Circus needs it: '{sys.executable} -m pip install circus'; "
                 "or start plughostd with the PATH of the environment that has it)")
    sys.argv[0] = "circus-plugin"
    plugins.main()


if __name__ == "__main__":
    main()
