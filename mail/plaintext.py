"""Plain text out of a letter's HTML, read element by element."""

from collections.abc import Callable
from html.parser import HTMLParser

PARAGRAPHS = {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "table"}
LINES = {"caption", "center", "div", "tr"}


class TextWriter(HTMLParser):
    """Writes text as it is fed. Comments are merge tags: kept; `is_block` tells those that only steer.

    Blank lines before a condition stand outside it and those after its content inside, so that leaving it out
    leaves no hole.
    """

    def __init__(self, is_block: Callable[[str], bool]) -> None:
        super().__init__()
        self.is_block = is_block
        self.out: list[str] = []
        self.wanted = 0  # line ends before what comes next
        self.given = 2  # line ends at the end of what is written
        self.has_blank = False  # a blank before what comes next
        self.lists: list[int | None] = []  # the number reached, None where points are not numbered
        self.links: list[tuple[str, int]] = []
        self.pre = 0

    def text(self) -> str:
        """All that was read."""
        return "".join([*self.out, "\n" * min(self.wanted, 1)]).strip() + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin what a reader would see begin."""
        if tag == "br":
            self.wanted = min(self.wanted + 1, 2)
        elif tag == "img":
            self.handle_data(dict(attrs).get("alt") or "")
        elif tag == "a":
            self.links.append((dict(attrs).get("href") or "", len(self.out)))
        elif tag in ("td", "th"):
            self.has_blank = True
        elif tag in ("ul", "ol", "li"):
            self._list(tag)
        elif tag == "hr":
            self._end(2)
            self._write("----")
        self._edge(tag, 1)

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        self._edge(tag, -1)
        if tag == "a" and self.links:
            self._address(*self.links.pop())
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
            self._end(1 if self.lists else 2)
        elif tag == "li":
            self._end(1)

    def handle_data(self, data: str) -> None:
        """Text, its blanks drawn together."""
        if self.pre:
            self._write(data)
            return
        words = data.split()
        self.has_blank |= data[:1].isspace()
        if words:
            self._write(" ".join(words))
            self.has_blank = data[-1].isspace()

    def handle_comment(self, data: str) -> None:
        """A merge tag."""
        if not self.is_block(data):
            self._write(f"<!--{data}-->")
            return
        self._flush()
        self.out.append(f"<!--{data}-->")

    def _edge(self, tag: str, step: int) -> None:
        if tag == "pre":
            self.pre += step
        if tag in PARAGRAPHS or tag == "hr":
            self._end(2)
        elif tag in LINES:
            self._end(1)

    def _list(self, tag: str) -> None:
        if tag != "li":
            self._end(1 if self.lists else 2)
            self.lists.append(0 if tag == "ol" else None)
            return
        self._end(1)
        if self.lists and (number := self.lists[-1]) is not None:
            self.lists[-1] = number + 1
        depth = max(len(self.lists) - 1, 0)
        self._write("  " * depth + (f"{self.lists[-1]}. " if self.lists and self.lists[-1] else "- "))
        self.given = 2  # a paragraph inside the point begins on its line

    def _address(self, href: str, since: int) -> None:
        address = href.removeprefix("mailto:")
        said = "".join(self.out[since:]).strip()
        if not said:
            self._write(address)
        elif address and said != address:
            self.has_blank = False
            self._write(f" ({address})")

    def _end(self, lines: int) -> None:
        self.wanted = max(self.wanted, lines - self.given)

    def _flush(self) -> None:
        if self.wanted:
            self.out.append("\n" * self.wanted)
            self.given += self.wanted
        elif self.has_blank and not self.given:
            self.out.append(" ")
        self.wanted = 0
        self.has_blank = False

    def _write(self, text: str) -> None:
        if text:
            self._flush()
            self.out.append(text)
            self.given = 0
