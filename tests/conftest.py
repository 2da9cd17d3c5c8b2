"""What holds for all tests."""

import pytest
from hypothesis import HealthCheck, settings
from situation import MARKS, reason_to_skip

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    for name, title in MARKS.items():
        config.addinivalue_line("markers", f"{name}(key): skipped for what `doctor` says about this key '{title}'")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in MARKS:
        for mark in item.iter_markers(name):
            if reason := reason_to_skip(name, *mark.args):
                pytest.skip(reason)
