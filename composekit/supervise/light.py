"""Parts of the standard library without what is imported with them: a hash without OpenSSL, a socket without `socket`.

Both are in the way of every command, and cost `ps` a tenth of its time. The standard library itself takes such a hash
for `random`. A Python that has no such modules has the usual ones.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import sha256
    from socket import socket
else:
    try:
        from _sha2 import sha256
    except ImportError:  # before Python 3.12
        try:
            from _sha256 import sha256
        except ImportError:
            from hashlib import sha256
    try:
        from _socket import socket
    except ImportError:
        from socket import socket

AF_UNIX = 1
"""On all systems; `socket` makes enumerations of all such numbers."""
SOCK_STREAM = 1

__all__ = ("AF_UNIX", "SOCK_STREAM", "sha256", "socket")
