"""The one style sheet: resources/themes/style.qss with its gaps filled from the tokens."""

from __future__ import annotations

import re
from functools import lru_cache

from ui.theme.tokens import THEMES, Tokens

# @name is a colour, @12 a measure of the grid, @t2 a step of the typographic scale.
_GAP = re.compile(r"@(t-?\d|\d+|[a-z_]+)")


def sheet(tokens: Tokens) -> str:
    """The style sheet of a theme. Raises KeyError for a colour that the theme lacks."""

    def fill(match: re.Match[str]) -> str:
        gap = match[1]
        if gap.isdigit():
            return f"{tokens.px(int(gap))}px"
        if gap[0] == "t" and gap[1:].lstrip("-").isdigit():
            return f"{tokens.text_px(int(gap[1:]))}px"
        return tokens[gap]

    return _GAP.sub(fill, _template())


@lru_cache(maxsize=1)
def _template() -> str:
    text = (THEMES / "style.qss").read_text("utf-8")
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
