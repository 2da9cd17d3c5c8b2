"""Stop signal that does not exist.

What it finds: a `stop_signal` that is neither the name of a signal nor a number.
Why it matters: the engine refuses to create the container: "invalid signal".
Instead of:
    services:
      web:
        image: nginx:1.27
        stop_signal: SIGQUITE
Write:
    services:
      web:
        image: nginx:1.27
        stop_signal: SIGQUIT
Fix: none; the hint names the signal that comes closest.
"""

import re
from collections.abc import Iterator

from composekit.lint.reading import text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK433", "stop-signal-unknown", Severity.ERROR, "correctness", since="0.1")

_NAMES = (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP"
    " TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX"
)
_SIGNALS = frozenset(_NAMES.split())
_REAL_TIME = re.compile(r"RTM(?:IN\+|AX-)\d{1,2}")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, node in ctx.having("stop_signal"):
        written = text(node)
        word = written.upper().removeprefix("SIG")
        if not word or word in _SIGNALS or _REAL_TIME.fullmatch(word):
            continue
        if word.isdecimal() and int(word) > 0:
            continue  # the engine takes any number
        yield Hit(
            node.span,
            "'{signal}' is not a signal",
            path=("services", name, "stop_signal"),
            hint=_hint(word),
            signal=written,
            service=name,
        )


def _hint(word: str) -> str | None:
    from difflib import get_close_matches

    close = get_close_matches(word, sorted(_SIGNALS), n=1)
    return f"did you mean SIG{close[0]}?" if close else None
