"""Image reference that cannot be read.

What it finds: an `image` that is no image reference: capital letters in its name, a tag with a slash, a digest of the
    wrong length.
Why it matters: the engine refuses it: "invalid reference format".
Instead of:
    services:
      web:
        image: MyApp:1.0
Write:
    services:
      web:
        image: myapp:1.0
Fix: none; the message says what is wrong.
"""

from collections.abc import Iterator

from composekit.errors import BadValue
from composekit.lint.reading import has_variable, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.source.diagnostic import Severity
from composekit.values.image import parse_image

INFO = RuleInfo("CK435", "image-reference-invalid", Severity.ERROR, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, node in ctx.having("image"):
        # What a variable without a value leaves is reported as such.
        if not text(node) or has_variable(node.span) or not is_written(node.span):
            continue
        try:
            parse_image(text(node))
        except BadValue as error:
            yield Hit(
                node.span,
                "'{image}' is not an image: {reason}",
                path=("services", name, "image"),
                hint=error.hint.replace("{", "{{").replace("}", "}}") if error.hint else None,
                image=text(node),
                reason=str(error),
            )
