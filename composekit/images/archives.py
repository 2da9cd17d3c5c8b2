"""Unpacking archives of others, with Python's filter where it has one: 3.11.4 has, and Debian 12's 3.11.2 has not."""

import os
import tarfile


def unpack_inside(archive: tarfile.TarFile, target: str) -> None:
    """Unpack files, directories and links, as our own. Raises `tarfile.TarError` for what would leave the directory."""
    if _has_filters():
        archive.extractall(target, filter="data")
        return
    top = os.path.realpath(target)
    for member in archive:
        place = os.path.realpath(os.path.join(top, member.name.lstrip("/")))
        _refuse_outside(member, place, top)
        if member.issym():
            _refuse_outside(member, os.path.realpath(os.path.join(os.path.dirname(place), member.linkname)), top)
        elif member.islnk():
            _refuse_outside(member, os.path.realpath(os.path.join(top, member.linkname)), top)
        elif not (member.isreg() or member.isdir()):
            raise tarfile.ExtractError(f"'{member.name}' is a special file")
        member.name = member.name.lstrip("/")
        member.uid, member.gid, member.uname, member.gname = os.geteuid(), os.getegid(), "", ""
        member.mode &= 0o755
        archive.extract(member, top)


def _has_filters() -> bool:
    return hasattr(tarfile, "data_filter")


def _refuse_outside(member: tarfile.TarInfo, place: str, top: str) -> None:
    if place != top and not place.startswith(f"{top}/"):
        raise tarfile.ExtractError(f"'{member.name}' would be outside the destination")
