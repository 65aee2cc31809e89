"""The unlock screen: password, waiting times, the recovery code, several profiles, deleting one.

Imported before the first paint, so nothing heavy may be imported at its head: keys, keyring and database are
fetched by the workers.
"""

from __future__ import annotations

from ui.unlock.page import HEADER_FILE, Opened, UnlockPage, profile_names, with_memory

__all__ = ["HEADER_FILE", "Opened", "UnlockPage", "profile_names", "with_memory"]
