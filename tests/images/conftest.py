import os

import pytest
from running_servers import Starter

from composekit.images.catalogue import find

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "images")


@pytest.fixture
def fixtures():
    return os.path.abspath(FIXTURES)


@pytest.fixture
def machine():
    """A machine with the given programs: returns `which` and `expand` for the catalogue."""

    def made(*paths):
        names = {os.path.basename(path): path for path in reversed(paths)}

        def expand(pattern):
            import fnmatch

            return [path for path in paths if fnmatch.fnmatchcase(path, pattern)]

        return names.get, expand

    return made


@pytest.fixture
def base(machine):
    """The catalogue on a machine that has everything."""
    which, expand = machine(
        "/bin/bash",
        "/usr/bin/node",
        "/usr/bin/python3",
        "/usr/bin/redis-cli",
        "/usr/bin/redis-server",
        "/usr/lib/postgresql/15/bin/postgres",
        "/usr/lib/postgresql/15/bin/psql",
        "/usr/sbin/nginx",
    )
    return lambda image: find(image, which, expand)


@pytest.fixture
def start(tmp_path):
    """Start a service of an image as the runtime would; its paths are given relative to the test's directory."""
    starter = Starter(tmp_path)
    yield starter
    starter.close()
