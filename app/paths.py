"""Where the program keeps its things, and the rule that nothing of it lies in a shared temporary folder."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from app.errors import Invalid, Unreadable, reason
from app.i18n import _

APP: Final = "provender"
HOME_VARIABLE: Final = "PROVENDER_HOME"
MAX_NAME: Final = 40

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
)


def home(override: str | os.PathLike[str] | None = None) -> Path:
    """The folder of all profiles: the argument, else PROVENDER_HOME, else the user's data folder.

    Nothing is made here; an empty variable counts as not set.
    """
    if override is not None and os.fspath(override):
        return expanded(override).absolute()
    if named := os.environ.get(HOME_VARIABLE):
        return expanded(named).absolute()
    from platformdirs import user_data_path

    # On Windows the local folder, not the roaming one: a vault must not wander to other machines.
    return user_data_path(APP, appauthor=False, roaming=False)


def expanded(path: str | os.PathLike[str]) -> Path:
    """The path with `~` as the person's own folder; one that names somebody unknown stays as it is."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def profile(home_folder: Path, name: str) -> Path:
    """The folder of one profile. Raises Invalid for a name that is not a plain folder name everywhere."""
    if len(name) > MAX_NAME or not _NAME.fullmatch(name) or name in _RESERVED:
        raise Invalid(
            "profile",
            _("“{name}” cannot name a profile. Use up to {max} small letters, digits and hyphens.").format(
                name=name[:MAX_NAME], max=MAX_NAME
            ),
        )
    return home_folder / name


def is_profile_name(name: str) -> bool:
    """Whether `profile` would take this name."""
    try:
        profile(Path(), name)
    except Invalid:
        return False
    return True


def private_folder(path: Path) -> Path:
    """The folder, made if it is missing, open to this user only. Raises Unreadable where that is refused."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unreadable(
            _("The folder {folder} cannot be used: {reason}. Choose another with --home.").format(
                folder=path, reason=reason(error)
            )
        ) from error
    if os.name != "nt" and path.stat().st_mode & 0o077 and path.stat().st_uid == os.getuid():
        path.chmod(0o700)
    return path


def scratch(profile_folder: Path) -> Path:
    """The only place for passing files of a profile: inside it, private, emptied at start and at lock.

    The system's temporary folder is shared with other programs and outlives us, so nothing goes there.
    Whatever is written here must be encrypted all the same.
    """
    return private_folder(profile_folder / "scratch")


def empty_scratch(profile_folder: Path) -> None:
    """Remove what a crash left in the scratch folder."""
    import shutil

    folder = profile_folder / "scratch"
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
