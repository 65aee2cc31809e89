"""Typed values from decoded ones, strictly: every type and size that a format declares is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from app.errors import Damaged
from app.i18n import _

T = TypeVar("T")
Reader = Callable[[Any], Any]


class Size(NamedTuple):
    """Bounds, both included: of an integer's value, of a text's, byte string's or list's length."""

    least: int
    most: int


Id16 = Annotated[bytes, Size(16, 16)]
Hash = Annotated[bytes, Size(32, 32)]
Count = Annotated[int, Size(0, 2**53)]
Time = Annotated[int, Size(-(2**53), 2**53)]


def read(shape: type[T], plain: Any) -> T:
    """The value of a declared shape. Raises Damaged where anything is missing, additional or out of bounds.

    Shapes are bytes, str, int, bool, `X | None`, `tuple[X, ...]`, NamedTuples (arrays on the wire), frozen
    dataclasses (maps on the wire), and these Annotated with a Size.
    """
    declared: Any = shape
    found: T = reader(declared)(plain)
    return found


@cache
def reader(shape: Any) -> Reader:
    """What reads one shape; worked out once."""
    origin = get_origin(shape)
    if origin is Annotated:
        inner, *extras = get_args(shape)
        bounds = next(extra for extra in extras if isinstance(extra, Size))
        return _bounded(inner, bounds)
    if origin in (Union, UnionType):
        (inner,) = (part for part in get_args(shape) if part is not type(None))
        return _optional(reader(inner))
    if origin is tuple:
        return _several(reader(get_args(shape)[0]))
    if isinstance(shape, type) and issubclass(shape, tuple) and hasattr(shape, "_fields"):
        hints = get_type_hints(shape, include_extras=True)
        return _array(shape, [reader(hints[name]) for name in shape._fields])
    if is_dataclass(shape):
        hints = get_type_hints(shape, include_extras=True)
        return _map(shape, {part.name: reader(hints[part.name]) for part in fields(shape)})
    if shape in (bytes, str, int, bool):
        return _exactly(shape)
    raise TypeError(f"no reader for {shape!r}")


def _exactly(kind: type) -> Reader:
    def take(plain: Any) -> Any:
        if type(plain) is not kind:  # isinstance would take True for 1
            raise _malformed()
        return plain

    return take


def _bounded(shape: Any, bounds: Size) -> Reader:
    """Most of what travels is small parts like these: one step for each, instead of one for type and one for size."""
    least, most = bounds
    if shape is int:

        def take_number(plain: Any) -> Any:
            if type(plain) is not int or not least <= plain <= most:
                raise _malformed()
            return plain

        return take_number
    inner = reader(shape)
    plain_kind = shape if shape in (bytes, str) else None

    def take(plain: Any) -> Any:
        value = plain if type(plain) is plain_kind else inner(plain)
        if not least <= len(value) <= most:
            raise _malformed()
        return value

    return take


def _optional(inner: Reader) -> Reader:
    return lambda plain: None if plain is None else inner(plain)


def _several(inner: Reader) -> Reader:
    def take(plain: Any) -> Any:
        if not isinstance(plain, (list, tuple)):
            raise _malformed()
        return tuple([inner(part) for part in plain])

    return take


def _array(shape: Any, readers: list[Reader]) -> Reader:
    count = len(readers)

    def take(plain: Any) -> Any:
        if not isinstance(plain, (list, tuple)) or len(plain) != count:
            raise _malformed()
        return shape._make([one(part) for one, part in zip(readers, plain, strict=True)])

    return take


def _map(shape: Any, readers: dict[str, Reader]) -> Reader:
    def take(plain: Any) -> Any:
        if not isinstance(plain, dict) or plain.keys() != readers.keys():
            raise _malformed()
        return shape(**{name: one(plain[name]) for name, one in readers.items()})

    return take


def _malformed() -> Damaged:
    return Damaged(_("Something received is not in the form that its format prescribes. It is not believed."))
