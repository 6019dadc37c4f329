"""Look into a spreadsheet file before it is read: how much it would unpack to.

An XLSX file is a ZIP archive of XML. A small one can stand for very much: parts that unpack to
gigabytes, one cell at the far corner of the sheet (a reader makes room for all before it), one long
text that a million cells refer to. What the archive says of itself is not believed; its parts are
unpacked and counted, in pieces.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from xml.parsers import expat

from etl.errors import RefusedInput
from etl.limits import MOST_BYTES, MOST_MEMBERS, MOST_TAGS, check_table, too_large, too_many_bytes

_BOOK, _TEXTS = "xl/workbook.xml", "xl/sharedstrings.xml"
_OTHER_KINDS = ("xl/workbook.bin", "content.xml")
_IN_EVERY_SHEET = b"sheetData"
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE = 1 << 16
_HEADER = 30
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def check_workbook(content: bytes, name: str) -> None:
    """Refuse a spreadsheet file that is none, or that would unpack to too much.

    Args:
        content: the file's bytes.
        name: the file name, for errors.

    Raises:
        RefusedInput: no XLSX, damaged, encrypted, or beyond a limit of `etl.limits`.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
    # zipfile raises NotImplementedError for an archive of a version that it does not read
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise _unreadable(name, type(error).__name__) from None
    if len(members) > MOST_MEMBERS:
        raise too_large(name, "parts in the spreadsheet file", MOST_MEMBERS)
    names = {member.filename.replace("\\", "/").casefold(): member for member in members}
    if len(names) < len(members):
        raise _unreadable(name, "two parts of one name: readers differ in which of them counts")
    if _BOOK not in names or any(kind in names for kind in _OTHER_KINDS):
        raise _unreadable(name, "another kind of file in a ZIP archive")
    budget = _Budget(name)
    texts = names.get(_TEXTS)
    lengths = _Texts()
    if texts is not None:
        _scan(content, texts, budget, lengths)
    for member in members:
        if member is not texts:
            sheet = _Sheet(name, lengths.lengths)
            is_xml = member.filename.casefold().endswith(".xml")
            _scan(content, member, budget, sheet if is_xml else _NoSheet(name))


class _Budget:
    """What all parts of a file together may still unpack to."""

    def __init__(self, name: str) -> None:
        self.name, self.bytes, self.tags = name, MOST_BYTES, MOST_TAGS

    def take(self, piece: bytes, *, xml: bool) -> None:
        self.bytes -= len(piece)
        if self.bytes < 0:
            raise too_many_bytes(self.name)
        self.tags -= piece.count(b"<") if xml else 0
        if self.tags < 0:
            raise too_large(self.name, "tags in its sheets", MOST_TAGS, "save it as CSV")


class _Texts:
    """Notes how long each text is that cells can refer to."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def begin(self, tag: str, _attributes: dict[str, str]) -> None:
        if tag == "si":
            self.lengths.append(0)

    def end(self, tag: str) -> None:
        """Nothing: a text goes on until the next one."""

    def text(self, data: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(data)


class _NoSheet:
    """Makes sure that a part which is no XML by its name is no sheet by what is in it."""

    def __init__(self, name: str) -> None:
        self.name, self.end = name, b""

    def look(self, piece: bytes) -> None:
        if _IN_EVERY_SHEET in self.end + piece:
            raise _unreadable(self.name, "a sheet under a name that is none of a sheet")
        self.end = piece[-len(_IN_EVERY_SHEET) :]


class _Sheet:
    """Follows the cells of a sheet: the corner they reach, and the text that they stand for."""

    def __init__(self, name: str, lengths: list[int]) -> None:
        self.name, self.lengths = name, lengths
        self.row = self.column = self.rows = self.columns = self.characters = 0
        self.refers = self.inside = False
        self.index = ""

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            given = attributes.get("r", "")
            self.row = int(given) if given.isdecimal() and len(given) < 8 else self.row + 1
            self.column = 0
        elif tag == "c":
            self._cell(attributes)
        elif tag == "v":
            self.inside, self.index = self.refers, ""

    def _cell(self, attributes: dict[str, str]) -> None:
        place = _REFERENCE.fullmatch(attributes.get("r", "").upper())
        self.column = _number(place[1]) if place else self.column + 1
        if place:
            self.row = int(place[2])
        self.refers = attributes.get("t") == "s"
        self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)
        check_table(self.name, self.rows, self.columns)

    def end(self, tag: str) -> None:
        if tag == "v" and self.inside:
            self.inside = False
            index = self.index.strip()
            known = index.isdecimal() and len(index) < 9 and int(index) < len(self.lengths)
            self.characters += self.lengths[int(index)] if known else 0
            if self.characters > MOST_BYTES:
                raise too_many_bytes(self.name)

    def text(self, data: str) -> None:
        if self.inside and len(self.index) < 9:
            self.index += data


def _scan(
    content: bytes, member: zipfile.ZipInfo, budget: _Budget, reader: _Texts | _Sheet | _NoSheet
) -> None:
    """Unpack a part in pieces, past its reader."""
    is_xml = not isinstance(reader, _NoSheet)
    look = reader.look if isinstance(reader, _NoSheet) else _parser(reader)
    try:
        for piece in _unpacked(content, member, budget.name):
            budget.take(piece, xml=is_xml)
            look(piece)
        if is_xml:
            look(b"")
    except (expat.ExpatError, zlib.error, ValueError, LookupError) as error:
        raise _unreadable(budget.name, f"damaged: {type(error).__name__}") from None


def _parser(reader: _Texts | _Sheet) -> Callable[[bytes], object]:
    """An XML parser that tells the reader what it finds; an empty piece is the end."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, found: reader.begin(_local(tag), found)
    parser.EndElementHandler = lambda tag: reader.end(_local(tag))
    parser.CharacterDataHandler = reader.text
    return lambda piece: parser.Parse(piece, not piece)


def _unpacked(content: bytes, member: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """The bytes of a part, whatever size it claims."""
    if member.flag_bits & 1 or member.compress_type not in _PACKED:
        raise _unreadable(name, "parts that are encrypted or packed in an unusual way")
    head = content[member.header_offset : member.header_offset + _HEADER]
    if len(head) < _HEADER or head[:4] != b"PK\x03\x04":
        raise _unreadable(name, "a part that does not begin where the archive says")
    begin = member.header_offset + _HEADER
    begin += int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = memoryview(content)[begin : begin + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[i : i + _PIECE]) for i in range(0, len(packed), _PIECE))
        return
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    while not unpack.eof:
        piece = unpack.decompress(rest, _PIECE)
        rest = unpack.unconsumed_tail
        if not piece and not rest:
            raise _unreadable(name, "a part that is cut off")
        if piece:
            yield piece


def _local(tag: str) -> str:
    return tag.rsplit(" ", 1)[-1]


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _unreadable(name: str, got: str) -> RefusedInput:
    return RefusedInput(
        "The spreadsheet cannot be read",
        where=name,
        expected="an XLSX file without a password",
        got=got,
        next_step="save it again as XLSX or CSV",
    )
