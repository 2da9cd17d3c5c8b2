"""The entries of a block mapping or list as whole lines, comments included, so that they can change places.

Comments directly above an entry belong to it. Where it is not clear what a comment belongs to (it stands alone between
blank lines, or further left than the entries), nothing is moved.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from composekit.source.diagnostic import Edit
from composekit.source.node import Mapping
from composekit.source.node import Sequence as List
from composekit.source.text import Source, Span


class Block(NamedTuple):
    """One entry: its name (`None` for an item of a list), and the offsets of its lines."""

    name: str | None
    start: int
    end: int


def blocks_of(node: Mapping | List) -> list[Block] | None:
    """Return the entries of a mapping or list in the order written; `None` where they cannot be moved."""
    source = node.span.source
    if isinstance(node, Mapping):
        starts = [(span.start, name) for name, span in node.key_spans.items() if _is_inside(span, node.span)]
        missing = [name for name in node.items if name not in node.key_spans]
        places: list[tuple[int, str | None]] = sorted(starts) if not missing else []
    else:
        places = [(at, None) for item in node.items if (at := _dash(source.text, item.span.start)) is not None]
        places = places if len(places) == len(node.items) else []
    if len(places) < 2:
        return None
    return _blocks(source, places, max(node.span.end, places[-1][0]))


def reordered(node: Mapping | List, key: Callable[[Sequence[Block]], list[Block]]) -> Edit | None:
    """Return the edit that puts entries into the order that `key` makes; `None` where they are, or cannot be moved."""
    blocks = blocks_of(node)
    if blocks is None:
        return None
    wanted = key(blocks)
    if wanted == blocks:
        return None
    text = node.span.source.text
    parts = {block: _split(text[block.start : block.end]) for block in blocks}
    # Blank lines stay where they are: they separate places, not entries.
    made = "".join(parts[block][0] + parts[place][1] for block, place in zip(wanted, blocks, strict=True))
    return Edit(Span(node.span.source, blocks[0].start, blocks[-1].end), made)


def by_rank(order: Sequence[str]) -> Callable[[Sequence[Block]], list[Block]]:
    """Return what puts named entries into an order; those it does not name stay behind the one they stand behind."""
    rank = {name: at for at, name in enumerate(order)}

    def arrange(blocks: Sequence[Block]) -> list[Block]:
        groups: list[list[Block]] = [[]]
        for block in blocks:
            if block.name in rank:
                groups.append([block])
            else:
                groups[-1].append(block)
        groups[1:] = sorted(groups[1:], key=lambda group: rank[str(group[0].name)])
        return [block for group in groups for block in group]

    return arrange


def by_value(value: Callable[[int, Block], Any]) -> Callable[[Sequence[Block]], list[Block]]:
    """Return what sorts entries by a value of their number and themselves."""

    def arrange(blocks: Sequence[Block]) -> list[Block]:
        numbered = sorted(enumerate(blocks), key=lambda pair: value(*pair))
        return [block for _, block in numbered]

    return arrange


def _is_inside(span: Span, whole: Span) -> bool:
    return span.source is whole.source and whole.start <= span.start < whole.end


def _dash(text: str, at: int) -> int | None:
    """Return where the dash of an item stands that begins at an offset; `None` when it is not in front of it."""
    start = text.rfind("\n", 0, at) + 1
    before = text[start:at].rstrip(" ")
    return start + len(before) - 1 if before.endswith("-") else None


def _blocks(source: Source, places: list[tuple[int, str | None]], end: int) -> list[Block] | None:
    text = source.text
    first = text.rfind("\n", 0, places[0][0]) + 1
    column = places[0][0] - first
    starts: list[int] = []
    for at, _ in places:
        line = text.rfind("\n", 0, at) + 1
        if at - line != column or text[line:at].strip(" "):
            return None
        # What stands above the first key of a file is about the file.
        starts.append(line if column == 0 and not starts else _with_comments(text, line, column))
    last = _end(text, max(end, places[-1][0]), column)
    if last is None or text[last - 1] != "\n":
        return None
    made = [
        Block(name, start, stop) for (_, name), start, stop in zip(places, starts, [*starts[1:], last], strict=True)
    ]
    is_list = places[0][1] is None
    return made if all(_is_clear(text[one.start : one.end], column, is_list=is_list) for one in made) else None


def _with_comments(text: str, line: int, column: int) -> int:
    """Return where the comments begin that stand directly above a line, in the same column."""
    while line:
        above = text.rfind("\n", 0, line - 1) + 1
        words = text[above:line]
        if not words.startswith(" " * column + "#"):
            return line
        line = above
    return line


def _end(text: str, at: int, column: int) -> int | None:
    """Return the end of the last entry's lines, with the comments further right that follow; `None` without a break."""
    # A block text ends at the start of the next line.
    end = at if at and text[at - 1] == "\n" else text.find("\n", at) + 1
    if end == 0:
        return None
    while end < len(text):
        after = text.find("\n", end) + 1
        line = text[end : after or len(text)]
        if not line.startswith(" " * (column + 1)) or not line.lstrip(" ").startswith("#") or not after:
            break
        end = after
    return end


def _is_clear(lines: str, column: int, *, is_list: bool) -> bool:
    """Tell whether of the lines of an entry only one begins it, and each comment surely belongs to it."""
    heads = 0
    for line in lines.split("\n"):
        text = line.lstrip(" ")
        depth = len(line) - len(text)
        if not text.strip():
            continue
        if text.startswith("#"):
            if depth < column or (depth == column and heads):
                return False
        elif depth < column:
            return False
        elif depth == column and (is_list or not text.startswith("- ")):
            heads += 1
    return heads == 1


def _split(lines: str) -> tuple[str, str]:
    """Return lines and the blank ones behind them."""
    body = lines.rstrip(" \t\r\n")
    end = lines.find("\n", len(body)) + 1
    return lines[:end], lines[end:]
