"""Value that YAML turns into another one.

What it finds: an environment variable, build argument or label, without quotes, that YAML reads as a number in a way
    that changes it: 1.10 becomes 1.1, 010 becomes 8, 0x1F becomes 31, 1_000 becomes 1000, and large numbers lose
    digits.
Why it matters: the program gets another text than the one in the file, which is hard to see: version 1.10 becomes
    1.1.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          API_VERSION: 1.10
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          API_VERSION: "1.10"
Fix: quotes are put around the value; unsafe, as the program then gets what is written.
"""

from collections.abc import Iterator

from composekit.lint.edits import quote
from composekit.lint.reading import child, pairs, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.source.diagnostic import Fix, Severity
from composekit.source.node import Node, Scalar
from composekit.source.scalars import resolve, show_value

INFO = RuleInfo("CK411", "value-changed-by-yaml", Severity.WARNING, "correctness", since="0.1")

_LISTS = (("environment",), ("labels",), ("build", "args"), ("build", "labels"), ("deploy", "labels"))
_FIRST_OF_NUMBERS = "0123456789+-."


def check(ctx: LintContext) -> Iterator[Hit]:
    for keys in _LISTS:
        for name, _, listed in ctx.having(keys[0]):
            for key, node in pairs(child(listed, *keys[1:])):
                meant = _changed(node)
                if meant:
                    yield Hit(
                        node.span,
                        "YAML reads {written} as a number, so '{key}' is {meant}",
                        path=("services", name, *keys, key),
                        hint="put it in quotes",
                        fix=Fix("put the value in quotes", (quote(node.span),), safe=False),
                        key=key,
                        written=node.span.text,
                        meant=meant,
                    )


def _changed(node: Node) -> str:
    """Return what became of a plain scalar that is another text now; empty for all others."""
    if not isinstance(node, Scalar) or node.style or node.raw[:1] not in _FIRST_OF_NUMBERS:
        return ""
    if not is_written(node.span) or node.span.text != node.raw:
        return ""
    value = resolve(node.raw)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or text(node) == node.raw:
        return ""
    # An alias shows the text of its anchor; a variable that has been replaced shows itself.
    return text(node) if "$" not in node.raw and text(node) == show_value(value) else ""
