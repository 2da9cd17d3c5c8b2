"""Where schemas/ and grammar/ are: inside the installed package, or beside it in a checkout."""

import os

_HERE = os.path.dirname(os.path.abspath(__file__))


def data_file(folder: str, name: str) -> str:
    """Return the path of a shipped file, such as `data_file("schemas", "compose.json")`.

    Raises `FileNotFoundError` when it is in neither place, which means a broken installation.
    """
    installed = os.path.join(_HERE, "_data", folder, name)
    if os.path.exists(installed):
        return installed
    checkout = os.path.join(os.path.dirname(_HERE), folder, name)
    if os.path.exists(checkout):
        return checkout
    raise FileNotFoundError(f"{folder}/{name} is missing from the composekit installation")
