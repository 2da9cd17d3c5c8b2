"""Two kinds of quotes.

What it finds: a text in the kind of quotes that the file uses less often, where the other kind would do as well.
Why it matters: one kind of quotes reads more easily, and makes searching reliable.
Instead of:
    services:
      web:
        image: "nginx:1.27"
        user: "1000"
        working_dir: '/app'
Write:
    services:
      web:
        image: "nginx:1.27"
        user: "1000"
        working_dir: "/app"
Fix: the other quotes are put there.
"""

from collections.abc import Iterator

from composekit.lint.layout import scalars
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Edit, Fix, Severity
from composekit.source.node import Scalar

INFO = RuleInfo("CK807", "quotes-mixed", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)


def check(ctx: LintContext) -> Iterator[Hit]:
    for document in ctx.documents:
        written = document.span.source.text
        if "'" not in written or '"' not in written:
            continue
        quoted = [node for node in scalars(document, "'\"") if node.style in {"'", '"'} and is_plain(node)]
        single = sum(node.style == "'" for node in quoted)
        rare = "'" if single * 2 <= len(quoted) else '"'
        usual = '"' if rare == "'" else "'"
        for node in quoted:
            if node.style == rare:
                yield Hit(
                    node.span,
                    "{found} quotes, where the file has {usual} ones",
                    fix=Fix("use the other quotes", (Edit(node.span, f"{usual}{node.raw}{usual}"),)),
                    found="single" if rare == "'" else "double",
                    usual="double" if rare == "'" else "single",
                    value=node.raw,
                )


def is_plain(node: Scalar) -> bool:
    """Tell whether a text means the same in both kinds of quotes."""
    return not set(node.raw) & set("'\"\\\n") and node.span.text == f"{node.style}{node.raw}{node.style}"
