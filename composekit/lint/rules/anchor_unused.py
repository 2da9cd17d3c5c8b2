"""YAML anchor that nothing refers to.

What it finds: an anchor `&name` without an alias `*name` in its document.
Why it matters: more often than not the alias was forgotten somewhere, or is misspelt as a plain word. Otherwise it
    misleads.
Instead of:
    x-common: &common
      restart: unless-stopped
    services:
      web:
        image: nginx:1.27
Write:
    x-common: &common
      restart: unless-stopped
    services:
      web:
        <<: *common
        image: nginx:1.27
Fix: the anchor is removed.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator

from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Edit, Fix, Severity
from composekit.source.node import Mapping, Node, Sequence
from composekit.source.text import Span

INFO = RuleInfo("CK453", "anchor-unused", Severity.INFO, "correctness", since="0.1", profiles=STRICT)

_ANCHOR = re.compile(r"&(?<![^\s,\[{:]&)(?!&)([^\s,\[\]{}]+)[ \t]*")
_ALIAS = re.compile(r"\*(?<![^\s,\[{:]\*)([^\s,\[\]{}:]+)")


def check(ctx: LintContext) -> Iterator[Hit]:
    checked: set[int] = set()
    for document in ctx.documents:
        source = document.span.source
        if id(source) in checked or "&" not in source.text:
            continue
        checked.add(id(source))
        anchors = list(_ANCHOR.finditer(source.text))
        used = set(_ALIAS.findall(source.text)) if anchors else set()
        unused = [found for found in anchors if found[1] not in used]
        if not unused:
            continue
        inside = _inside_values([one for one in ctx.documents if one.span.source is source])
        for found in unused:
            at = found.start(1) - 1
            if inside(at) or _in_comment(source.text, at):
                continue
            yield Hit(
                Span(source, at, found.end(1)),
                "nothing refers to the anchor '{anchor}'",
                hint="use it as *{anchor}, or remove it",
                fix=Fix("remove the anchor", (Edit(Span(source, at, found.end()), ""),)),
                anchor=found[1],
            )


def _inside_values(documents: list[Mapping]) -> Callable[[int], bool]:
    """Return a test for offsets that lie in a text, where `&` is an ordinary character.

    A scalar's span begins at its anchor, so the character there is one.
    """
    spans: list[tuple[int, int]] = []
    waiting: list[Node] = [*documents]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            waiting += node.items.values()
            spans += [(span.start, span.end) for span in node.key_spans.values()]
        elif isinstance(node, Sequence):
            waiting += node.items
        else:
            spans.append((node.span.start, node.span.end))
    spans.sort()
    starts = [start for start, _ in spans]

    def test(at: int) -> bool:
        index = bisect_right(starts, at) - 1
        return index >= 0 and spans[index][0] < at < spans[index][1]

    return test


def _in_comment(text: str, at: int) -> bool:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line.lstrip().startswith("#") or " #" in line
