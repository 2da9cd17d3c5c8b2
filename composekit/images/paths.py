"""Paths inside an image."""

import posixpath


def inside(working_dir: str, path: str) -> str:
    """Return a path of the image, absolute and without dots; relative ones start at the working directory."""
    return posixpath.normpath("/" + posixpath.join(working_dir, path).lstrip("/"))
