"""Who runs these tests and with which isolation, for those that start projects.

The integration tests run as root and as an ordinary user, with private views and without (`.ci/run`). Where a test
cannot pass, a mark names the difference that is the reason, as `composekit doctor` calls it:

    @pytest.mark.needs_root("rights")    not as an ordinary user
    @pytest.mark.needs_view("names")     not without a private view
"""

import functools
import os
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composekit.runtime.machine import Machine

VARIABLE = "COMPOSEKIT_ISOLATION"
# The mark -> what `doctor` has the differences under, for root with private views.
MARKS = {"needs_root": "as an ordinary user", "needs_view": "with --isolation none"}


def handed_on() -> dict[str, str]:
    """Return the variables that a test must give to every composekit it starts."""
    return {VARIABLE: os.environ[VARIABLE]} if os.environ.get(VARIABLE) else {}


def reason_to_skip(mark: str, key: str) -> str:
    """Return what is different here, in the words of `doctor`; nothing where the test can pass."""
    from composekit.runtime.abilities import facts_of

    if os.geteuid() == 0 if mark == "needs_root" else here().has_view:
        return ""
    return f"{MARKS[mark]}: {key}: {facts_of(here())[key]}"


@functools.cache
def here() -> "Machine":
    """Return what composekit finds this machine to be."""
    from composekit.runtime.machine import this_machine

    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-") as folder:
        return this_machine({"PATH": "", "COMPOSEKIT_HOME": folder}, isolation=os.environ.get(VARIABLE) or "auto")
