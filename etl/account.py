"""Who runs a command: the account that somebody logged in with."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

LOGIN = Path("/proc/self/loginuid")
UNSET = 2**32 - 1
"""What the kernel says of a process that nobody logged in for: a service, a container."""


def account() -> str:
    """The name of the account, also behind `sudo` and `su`.

    The kernel keeps the account of the login for every process that comes of it, and lets nobody
    without further rights change it; variables of the environment are not asked.
    """
    number = _login()
    number = os.getuid() if number == UNSET else number
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid-{number}"


def _login() -> int:
    try:
        return int(LOGIN.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return UNSET
