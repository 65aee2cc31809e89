"""One call of the command line: its options, its profile, and the way into the book."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app import bootstrap, paths, settings
from app.clock import SystemClock
from app.errors import Locked
from app.i18n import _
from app.vault import profiles, unlock
from app.vault.profiles import Profile
from ui.console.passwords import Secrets


class Call:
    """What every command is given."""

    def __init__(self, options: Namespace) -> None:
        self.options = options
        self.home: Path = paths.home(options.home)
        self.profile: str | None = options.profile
        self.json: bool = options.json
        self.secrets = Secrets(options.password_file)

    def chosen(self) -> Profile:
        """The profile that is meant. Raises NotFound."""
        return profiles.chosen(self.home, self.profile)

    @contextmanager
    def opened(self) -> Iterator[bootstrap.Open]:
        """The book, open for this block.

        With a password file by that; otherwise by what the keyring keeps of a person who signed in, and where
        it keeps nothing by asking. Only a password typed by a person signs in for a while: a script leaves the
        keyring as it found it, so that it never undoes a Lock.
        """
        opened = self._open(self.chosen())
        try:
            yield opened
        finally:
            opened.close()

    def _open(self, profile: Profile) -> bootstrap.Open:
        folders = [one.folder for one in profiles.found(self.home)]
        unlock.sweep_expired(folders, keychain=bootstrap.keychain(), clock=SystemClock())
        if self.secrets.is_given:
            opened = bootstrap.open_company(profile, self.secrets.ask(_("Password")), keep_hours=None)
        else:
            opened = bootstrap.open_company(profile)
            if opened is None and self.secrets.can_ask:
                hours = settings.load(self.home).keep_hours
                opened = bootstrap.open_company(profile, self.secrets.ask(_("Password")), keep_hours=hours)
        if opened is None:
            raise Locked(
                _(
                    "“{profile}” is locked. Give its password with --password-file FILE (- for standard input), or "
                    "sign in on a terminal or in the window first."
                ).format(profile=profile.name)
            )
        return opened
