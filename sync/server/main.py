"""The `provender-server` entry; the server itself comes with a later version."""

from __future__ import annotations

import sys


def main() -> int:
    """Say so, and fail: a script that starts a server must not believe that it runs."""
    sys.stderr.write("The Provender server is not part of this version. It comes with a later one.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
