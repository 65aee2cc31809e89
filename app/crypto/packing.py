"""Compression with zstd, and decompression that stops at a bound. The only importer of zstandard."""

from __future__ import annotations

from typing import Final

from app.errors import Damaged
from app.i18n import _

LEVEL: Final = 3
MAX_BYTES: Final = 1024 * 1024
"""What a batch may unpack to (SECURITY.md, faults of the author)."""

_MAGIC: Final = b"\x28\xb5\x2f\xfd"


def pack(data: bytes, *, level: int = LEVEL, dictionary: bytes | None = None) -> bytes:
    """One zstd frame that says its size."""
    import zstandard

    shared = None if dictionary is None else zstandard.ZstdCompressionDict(dictionary)
    return zstandard.ZstdCompressor(level=level, dict_data=shared, write_checksum=False).compress(data)


def unpack(packed: bytes, *, max_bytes: int = MAX_BYTES, dictionary: bytes | None = None) -> bytes:
    """The data of exactly one frame. Raises Damaged for anything else, or for more than `max_bytes`.

    The size that the frame claims is checked before memory is taken for it.
    """
    import zstandard

    try:
        if not packed.startswith(_MAGIC):
            raise _unusable()
        claimed = zstandard.frame_content_size(packed)
        if not 0 <= claimed <= max_bytes:
            raise _unusable()
        shared = None if dictionary is None else zstandard.ZstdCompressionDict(dictionary)
        unpacker = zstandard.ZstdDecompressor(
            dict_data=shared, max_window_size=max(1024, 1 << (max_bytes - 1).bit_length())
        ).decompressobj(read_across_frames=False)
        data = unpacker.decompress(packed)
    except zstandard.ZstdError:
        raise _unusable() from None
    if not unpacker.eof or unpacker.unused_data or len(data) != claimed:
        raise _unusable()
    return data


def _unusable() -> Damaged:
    return Damaged(_("A compressed value cannot be read: it is altered or too large."))
