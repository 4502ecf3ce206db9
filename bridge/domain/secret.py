"""What must not be seen: a secret, and a line to type that may hold secrets."""

from __future__ import annotations

from hmac import compare_digest
from typing import Final, NoReturn, SupportsIndex

MASK: Final = "«secret»"


class Secret:
    """A password, key or code. Printing gives a mask; copying and pickling raise.

    Call expose() only where the text truly leaves: a transport, the vault, the one page.
    A test counts the places.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def expose(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(_bytes(self), _bytes(other))

    def __hash__(self) -> NoReturn:
        raise TypeError("a Secret is no key: hashing it would let it be looked up")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a Secret does not travel; expose() it where it is used")

    def __copy__(self) -> NoReturn:
        raise TypeError("a Secret is not copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("a Secret is not copied")


def _bytes(secret: Secret) -> bytes:
    """UTF-8, also of what a web form may send and no codec likes."""
    return secret._text.encode(errors="surrogatepass")


class Line:
    """Something to type on a host: text with Secrets in between, masked unless exposed.

    ``Line("ALTUSER ", userid, " PASSWORD(", new, ") EXPIRED")``
    """

    __slots__ = ("_parts",)

    def __init__(self, *parts: str | Secret) -> None:
        self._parts = parts

    @property
    def parts(self) -> tuple[str | Secret, ...]:
        """What the line is made of, for putting it into a longer one."""
        return self._parts

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets in the line, in order: what a transcript has to mask."""
        return tuple(part for part in self._parts if isinstance(part, Secret))

    def expose(self) -> str:
        """Return the line as it is typed, secrets included."""
        return "".join(part.expose() if isinstance(part, Secret) else part for part in self._parts)

    def __str__(self) -> str:
        return "".join(str(part) for part in self._parts)

    def __repr__(self) -> str:
        return f"Line({str(self)!r})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a Line does not travel: it may hold a Secret")
