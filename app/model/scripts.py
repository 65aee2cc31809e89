"""Ways of writing, as ranges for a character class of a regular expression."""

from typing import Final

HAN: Final = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Chinese characters."""
UNSPACED: Final = HAN + "\u3041-\u309f\u30a1-\u30ff"
"""Writing without spaces between words: Chinese characters and kana."""
