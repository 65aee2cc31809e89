"""Numbered refusals: what a server says where it does not do what it was asked.

Numbers and names are for ever; the sentence is the client's, in the language of its person. `status` is what HTTP
says. Nothing but the number, the name and counts travels: no text that came from a person.
"""

from __future__ import annotations

from typing import NamedTuple

from app.errors import AppError
from app.i18n import N_, _


class Kind(NamedTuple):
    """A refusal. `again`: the same request may succeed later, by itself."""

    number: int
    status: int
    text: str
    again: bool = False


KINDS: dict[str, Kind] = {
    "malformed": Kind(
        1, 400, N_("The server does not understand this program. One of the two needs an update.")
    ),
    "too_large": Kind(2, 413, N_("The server does not take anything this large.")),
    "unknown_request": Kind(
        3, 404, N_("The server does not know this request. It probably needs an update.")
    ),
    "no_session": Kind(4, 401, N_("The session with the server has ended."), again=True),
    "not_signed": Kind(5, 401, N_("The server did not believe that this is the device it says it is.")),
    "unknown_company": Kind(
        6, 404, N_("The server does not know this company. Connect it with a token of its operator.")
    ),
    "suspended": Kind(7, 403, N_("The server's operator has suspended this company. Ask them why.")),
    "token_used": Kind(
        8, 403, N_("This token is unknown to the server, or was used before. Ask its operator for a new one.")
    ),
    "device_ended": Kind(
        9, 403, N_("This device no longer belongs to the company. Ask an owner to let you in again.")
    ),
    "no_access": Kind(10, 403, N_("The company's roster does not give this device access to that book.")),
    "invite_unknown": Kind(
        11,
        404,
        N_(
            "The server does not know this invitation. It was used, withdrawn, or has expired. Ask for a new one."
        ),
    ),
    "roster_moved": Kind(
        12, 409, N_("The company's roster has moved on meanwhile. Look at it again, then repeat."), again=True
    ),
    "ends_moved": Kind(
        13, 409, N_("A device sent something in the meantime. Look at it again, then repeat."), again=True
    ),
    "statement_refused": Kind(14, 422, N_("The server does not accept this statement about the company.")),
    "batch_refused": Kind(15, 422, N_("The server did not accept a batch of changes.")),
    "sequence_reused": Kind(
        16,
        409,
        N_(
            "The server holds other changes of this device under the same number: this vault was copied, or restored. It must enrol as a new device."
        ),
    ),
    "roster_unknown": Kind(
        17, 409, N_("The server knows less of the company's roster than this device."), again=True
    ),
    "head_unknown": Kind(18, 409, N_("The server shows another history than this device has seen.")),
    "quota": Kind(
        19, 507, N_("The space for this company on the server is used up. Ask its operator for more.")
    ),
    "too_many": Kind(20, 429, N_("Too many requests. The program tries again by itself."), again=True),
    "no_object": Kind(21, 404, N_("The server does not have this file, or not yet all of it.")),
    "object_differs": Kind(22, 409, N_("The server holds another file under this name.")),
    "closing": Kind(
        23, 503, N_("The server is being restarted. The program tries again by itself."), again=True
    ),
    "failed": Kind(
        24, 500, N_("Something went wrong on the server. The program tries again by itself."), again=True
    ),
    "body_gone": Kind(
        25, 410, N_("The server no longer has these changes, only the snapshot that stands for them.")
    ),
    "epoch_old": Kind(26, 409, N_("The book has been given a new key meanwhile."), again=True),
    "body_awaited": Kind(
        27,
        409,
        N_("The server was restored, and waits for another device to send again what it has lost."),
        again=True,
    ),
    "slow": Kind(
        28,
        408,
        N_("The connection to the server is too slow. The program tries again by itself."),
        again=True,
    ),
}
_NAMES = {kind.number: name for name, kind in KINDS.items()}


class Problem(AppError):
    """The server refuses. `name` is a key of KINDS; `after_ms`: how long to wait before trying again."""

    def __init__(self, name: str, after_ms: int = 0, fault: str = "") -> None:
        super().__init__(_(KINDS[name].text))
        self.name, self.after_ms, self.fault = name, after_ms, fault
        self.code = f"server_{name}"

    @property
    def number(self) -> int:
        return KINDS[self.name].number

    @property
    def status(self) -> int:
        return KINDS[self.name].status

    @property
    def again(self) -> bool:
        return KINDS[self.name].again


def numbered(number: int) -> str:
    """The name of a number; `failed` for one that a newer server uses."""
    return _NAMES.get(number, "failed")
