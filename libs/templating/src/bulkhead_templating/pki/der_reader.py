"""Reading the fields of a SEQUENCE one after another, in the two ways of Go's libraries."""

from typing import Final

from bulkhead_templating.pki import der, der_elements
from bulkhead_templating.pki.der_elements import DerError, DerStructureError, DerSyntaxError, Element

_FIELD: Final = (
    "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 "
    "timeType:0 set:false omitEmpty:false}"
)
_INT_BITS: Final = 64


class DerReader:
    """A place in DER: `take` gives None where Go's cryptobyte says no, `want` raises what encoding/asn1 says."""

    def __init__(self, data: bytes) -> None:
        """Start at the first byte."""
        self._data = data
        self._offset = 0

    @property
    def rest(self) -> bytes:
        """What was not read yet."""
        return self._data[self._offset :]

    def peek(self, tag: int) -> bool:
        """Say whether the next value has this tag."""
        return self._data[self._offset : self._offset + 1] == bytes((tag,))

    def take_any(self) -> Element | None:
        """Read the next value, None if there is none."""
        try:
            found = der_elements.read(self._data, self._offset)
        except DerError:
            return None
        self._offset += len(found.raw)
        return found

    def take(self, tag: int) -> Element | None:
        """Read the next value if it has this tag."""
        return self.take_any() if self.peek(tag) else None

    def want(self, tag: int, go_name: str) -> Element:
        """Read the next value, which must have this tag.

        Args:
            tag: its identifier octet.
            go_name: the name of the type in Go, which its message tells; empty for slices and pointers.

        Raises:
            DerError: it is something else.
        """
        header = der_elements.header(self._data, self._offset)
        if header.tag != tag:
            wanted = tag & 0x1F
            raise DerStructureError(
                f"tags don't match ({wanted} vs {header.go_text()}) {_FIELD} {go_name} @{header.end}"
            )
        found = der_elements.read(self._data, self._offset)
        self._offset += len(found.raw)
        return found

    def want_any(self) -> Element:
        """Read the next value, whatever it is.

        Raises:
            DerError: there is none.
        """
        found = der_elements.read(self._data, self._offset)
        self._offset += len(found.raw)
        return found

    def want_sequence(self, go_name: str) -> "DerReader":
        """Read the next value, a SEQUENCE, and go into it.

        Raises:
            DerError: it is something else.
        """
        return DerReader(self.want(der.SEQUENCE, go_name).content)

    def want_int(self) -> int:
        """Read an INTEGER of 64 bits.

        Raises:
            DerError: it is something else.
        """
        return der_elements.integer_of(self.want(der.INTEGER, "int").content, bits=_INT_BITS)

    def want_number(self) -> int:
        """Read an INTEGER of any size.

        Raises:
            DerError: it is something else.
        """
        return der_elements.integer_of(self.want(der.INTEGER, "").content)

    def want_oid(self) -> str:
        """Read an OBJECT IDENTIFIER.

        Raises:
            DerError: it is something else.
        """
        return der_elements.oid_of(self.want(der.OBJECT_IDENTIFIER, "ObjectIdentifier").content)

    def want_octets(self) -> bytes:
        """Read an OCTET STRING.

        Raises:
            DerError: it is something else.
        """
        return self.want(der.OCTET_STRING, "").content

    def want_algorithm(self) -> "tuple[str, Element | None]":
        """Read an AlgorithmIdentifier: its name and its parameters, None if it has none.

        Raises:
            DerError: it is something else.
        """
        fields = self.want_sequence("AlgorithmIdentifier")
        name = fields.want_oid()
        return name, fields.want_any() if fields.rest else None


def whole(data: bytes, go_name: str) -> DerReader:
    """Go into a SEQUENCE that is all there is.

    Raises:
        DerError: it is something else, or something follows.
    """
    outer = DerReader(data)
    inner = outer.want_sequence(go_name)
    if outer.rest:
        raise DerSyntaxError("trailing data")
    return inner
