"""Makes seen what is not: signs in a name that would turn, hide or break what stands beside them."""

from __future__ import annotations

import re
from typing import Final

# Control characters, line and paragraph separators, and marks that turn the direction of what follows. As the
# command line has them (ui/console/answer.py), but for the ends of lines, which a sentence of ours may have.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
STAND_IN: Final = "\ufffd"
"""One sign for one, so that marks upon a text stay in their places."""


def plain(text: str) -> str:
    """A text from outside as it may stand in the window. The same text again where there is nothing of that."""
    return text if text.isprintable() else _UNSEEN.sub(STAND_IN, text)
