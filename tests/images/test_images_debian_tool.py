"""Names of packages that releases of Debian have changed."""

import pytest

from composekit.images.entry.debian_tool import Standing, read_standings, replacements, wanted

SHOWN = """\
Package: netcat
Versions:

Reverse Depends:
  virt-viewer,netcat
Dependencies:
Provides:
Reverse Provides:
netcat-openbsd 1.219-1 (= )
netcat-traditional 1.10-47 (= )
Package: gcc
Versions:
4:12.2.0-3 (/var/lib/apt/lists/packages)
 Description Language:

Reverse Depends:
  build-essential,gcc
Dependencies:
4:12.2.0-3 - cpp (5 4:12.2.0-3)
Provides:
4:12.2.0-3 - c-compiler (= )
Reverse Provides:
"""


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["update"], []),
        (["install", "-y", "gcc", "g++", "netcat"], ["gcc", "g++", "netcat"]),
        (["-o", "Dpkg::Use-Pty=0", "-y", "install", "--no-install-recommends", "libssl1.1"], ["libssl1.1"]),
        (["install", "curl=7.1", "git/stable", "php*", "libc6:i386", "vim"], ["vim"]),
        (["remove", "netcat"], []),
    ],
)
def test_the_packages_of_an_install_are_found(words, names):
    assert wanted(words) == names


def test_what_apt_shows_is_read():
    assert read_standings(SHOWN) == {
        "netcat": Standing(exists=False, providers=("netcat-openbsd", "netcat-traditional")),
        "gcc": Standing(exists=True),
    }


def test_only_a_package_that_does_not_exist_is_replaced():
    assert replacements(
        {
            "netcat": Standing(exists=False, providers=("netcat-openbsd", "netcat-traditional")),
            "mail-reader": Standing(exists=False, providers=("alpine", "mutt")),
            "awk": Standing(exists=False, providers=("mawk",)),
            "python-dev": Standing(exists=True),
            "mysql-client": Standing(exists=False),
            "nobody-knows": Standing(exists=False),
        }
    ) == {"netcat": "netcat-traditional", "mail-reader": "alpine", "mysql-client": "default-mysql-client"}
