"""Health check that uses a program its image does not have.

What it finds: a health check that runs curl or wget in an official image that is known not to have it: Alpine
    variants have no curl, slim Debian variants and most database images have neither. Images that the project builds,
    and services that install something when they start, are left alone.
Why it matters: the check never succeeds, so the service never becomes healthy and what waits for it never starts.
Instead of:
    services:
      web:
        image: node:22-alpine
        healthcheck:
          test: ["CMD", "curl", "-f", "http://localhost:3000"]
Write:
    services:
      web:
        image: node:22-alpine
        healthcheck:
          test: ["CMD", "wget", "-q", "--spider", "http://localhost:3000"]
Fix: none; another program of the image, or a script, has to do it.
"""

import re
from collections.abc import Iterator

from composekit.lint.commands import health_tests
from composekit.lint.images import missing_tools
from composekit.lint.reading import entries, narrow, place, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping, Sequence

INFO = RuleInfo("CK445", "health-check-tool-missing", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for test in ctx.shared(health_tests):
        service = ctx.services[test.service]
        image = text(service.get("image"))
        if "build" in service or test.words[0] == "NONE" or _installs(service):
            continue
        used = _first_tool(test.words)
        if not used or used not in missing_tools(image):
            continue
        index = next((at for at, word in enumerate(test.words) if used in word), 0)
        whole = test.spans[index]
        yield Hit(
            narrow(whole, used) if "\n" not in whole.text or used in whole.text else place(Sequence([], whole)),
            "image '{image}' has no {tool}",
            path=test.path,
            hint="use a program that the image has"
            if used == "wget" or "wget" in missing_tools(image)
            else "the image has wget: wget -q --spider URL",
            service=test.service,
            image=image,
            tool=used,
        )


def _first_tool(words: list[str]) -> str:
    """Return curl or wget where a check begins with it; one that only comes after another may be a second choice."""
    line = " ".join(words[1:]) if words[0] in {"CMD", "CMD-SHELL"} else " ".join(words)
    found = re.match(r"\s*(?:/usr/bin/|/bin/)?(curl|wget)\s", line)
    return found[1] if found and not re.search(r"\|\|\s*(?:curl|wget)\b", line) else ""


def _installs(service: Mapping) -> bool:
    words = [text(word) for key in ("entrypoint", "command") for word in entries(service.get(key))]
    return bool(re.search(r"\b(?:apk|apt-get|apt|yum|dnf)\b", " ".join(words)))
