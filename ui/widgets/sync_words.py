"""What the page about synchronisation says of how things stand, in whole sentences."""

from __future__ import annotations

from app.i18n import _, ngettext
from sync.client.status import State, Status
from ui import formats
from ui.widgets.sync_badge import said, since


def heading(status: Status) -> str:  # noqa: PLR0911 - one per state
    """The first line of the page about synchronisation."""
    match status.state:
        case State.SYNCED if not status.unsent:
            return _("Everything is synchronised")
        case State.SENDING | State.SYNCED:
            return ngettext("Sending {n} change", "Sending {n} changes", status.unsent).format(
                n=formats.count(status.unsent)
            )
        case State.RECEIVING:
            return _("Looking for news")
        case State.OFFLINE:
            return _("Offline since {time}").format(time=since(status.since_ms))
        case State.PAUSED:
            return _("Synchronisation is paused")
        case State.ATTENTION:
            return _("Something needs your attention")
        case _:
            return said(status)


def details(status: Status, host: str, clock_off_ms: int) -> tuple[str, ...]:
    """What follows it: sentences, empty ones among them."""
    unsent = ngettext(
        "{n} change is on this computer only.", "{n} changes are on this computer only.", status.unsent
    ).format(n=formats.count(status.unsent))
    rests = status.state in (State.OFFLINE, State.PAUSED, State.ATTENTION)
    return (
        status.problem,
        _("You can go on working; it tries again by itself.") if status.state is State.OFFLINE else "",
        unsent if rests and status.unsent else "",
        _("Last synchronised with {host} {when}.").format(
            host=host, when=formats.relative(status.synced_ms)
        )
        if status.synced_ms and host
        else "",
        _("This computer's clock is {much} off. Set it right, so that your changes carry the right time.").format(
            much=formats.duration(abs(clock_off_ms) / 1000)
        )
        if clock_off_ms
        else "",
    )  # fmt: skip
