#!/usr/bin/env python
"""Django's command line for csservice."""

from __future__ import annotations

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["demo"]:
        from csservice.demo.environment import prepare

        prepare()  # the demo's secrets stand before Django reads them
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csservice.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
