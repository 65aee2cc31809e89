"""What the processes of a server are told when they start."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sync.server.home import Home, Settings
from sync.server.opening import Places

if TYPE_CHECKING:
    from sync.server.rates import Rate


@dataclass(frozen=True, slots=True)
class Plan:
    """What every process of the server needs to know."""

    places: Places
    settings: Settings
    listen: str
    workers: int = 1
    log_level: str = "info"
    rates: dict[str, Rate] = field(default_factory=dict)
    trusted: tuple[str, ...] = ()
    sweeps: bool = True
    """Of several processes one keeps house."""

    @property
    def home(self) -> Home:
        return Home(self.places.home)

    @property
    def certificate(self) -> tuple[Path, Path | None]:
        """Files of certificate and key."""
        if self.settings.certificate:
            return Path(self.settings.certificate), Path(self.settings.certificate_key)
        return self.home.certificate, None
