"""Who runs these tests and with which isolation, for those that start projects.

The integration tests run as root and as an ordinary user, with private views and without (`.ci/run`). Where a test
cannot pass, a mark names the difference that is the reason, as `composekit doctor` calls it:

    @pytest.mark.needs_root("rights")    not as an ordinary user
    @pytest.mark.needs_view("names")     not without a private view
"""

import functools
import os
import tempfile

VARIABLE = "COMPOSEKIT_ISOLATION"
# The mark -> what `doctor` has the differences under, for root with private views.
TITLES = {"needs_root": "as an ordinary user", "needs_view": "with --isolation none"}


def handed_on() -> dict[str, str]:
    """Return the variables that a test must give to every composekit it starts."""
    return {VARIABLE: os.environ[VARIABLE]} if os.environ.get(VARIABLE) else {}


def is_root() -> bool:
    return os.geteuid() == 0


@functools.cache
def has_view() -> bool:
    return here().has_view


@functools.cache
def here():
    """Return what composekit finds this machine to be."""
    from composekit.runtime.machine import this_machine

    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-") as folder:
        environ = {**os.environ, "COMPOSEKIT_HOME": folder}
        return this_machine(environ, isolation=os.environ.get(VARIABLE) or "auto")
