"""The keys of RUN --mount."""

import pytest

from composekit.errors import BadValue
from composekit.images.instructions import read_instructions
from composekit.images.mounts import read_mount
from composekit.images.stage import Build, Stage
from composekit.images.step import Origin, RunMount


def read(value):
    (instruction,), escape = read_instructions(f"RUN --mount={value} true\n")
    stage = Stage(Build("Dockerfile", "/c", escape, {}, {}))
    stage.working_dir, stage.values = "/w", {"T": "there"}
    return read_mount(stage, instruction, instruction.flags[0], lambda name: Origin(image=name))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("from=binary", RunMount("bind", "/w", origin=Origin(image="binary"), read_only=True)),
        ("target=.,rw", RunMount("bind", "/w")),
        ("dst=/x,src=$T,readonly=false", RunMount("bind", "/x", "there")),
        ("type=bind,ro,rw,target=/x", RunMount("bind", "/x")),
        ("type=CACHE,target=/${T}", RunMount("cache", "/there", name="/there")),
        (
            "type=cache,target=/x,id=i,sharing=locked,mode=0700,uid=7,gid=8",
            RunMount("cache", "/x", name="i", sharing="locked", mode=0o700, uid=7, gid=8),
        ),
        ("type=cache,target=/x,ro", RunMount("cache", "/x", name="/x", read_only=True)),
        ("type=tmpfs,target=t,size=1.5g", RunMount("tmpfs", "/w/t", size=3 << 29)),
        ("type=secret,id=s", RunMount("secret", "/run/secrets/s", name="s", read_only=True)),
        (
            "type=secret,source=a/b,mode=0444",
            RunMount("secret", "/run/secrets/b", "a/b", name="b", read_only=True, mode=0o444),
        ),
        ("type=secret,id=s,env=S", RunMount("secret", name="s", read_only=True, environment="S")),
        ("type=secret,id=s,env=S,target=/x", RunMount("secret", "/x", name="s", read_only=True, environment="S")),
        ("type=ssh,required", RunMount("ssh", read_only=True, required=True)),
        ('type=bind,"target=/a,b"', RunMount("bind", "/a,b", read_only=True)),
    ],
)  # fmt: skip
def test_a_mount_is_read_with_its_defaults(value, expected):
    assert read(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("type=nfs,target=/x", "'nfs' is no type of mount"),
        ("tagret=/x", "a mount has no key 'tagret'"),
        ("target", "'target' of a mount needs a value"),
        ("from=$T", "'from' of a mount takes no variable"),
        ("type=cache", "a mount of type cache needs a target"),
        ("type=tmpfs,target=/", "the target of a mount may not be /"),
        ("type=bind,size=1m,target=/x", "a mount of type bind has no 'size'"),
        ("type=cache,target=/x,sharing=mine", "'mine' is no sharing of a cache"),
        ("type=cache,target=/x,mode=9", "'9' is no mode of a mount"),
        ("type=cache,target=/x,uid=-1", "'-1' is no uid of a mount"),
        ("type=secret", "a mount of type secret needs an id, a source or a target"),
        ("type=secret,id=s,from=x", "a mount of type secret has no 'from'"),
        ("type=ssh,required=maybe", "'maybe' is neither true nor false, which 'required' of a mount takes"),
        ("type=cache,target=/x,required", "a mount of type cache has no 'required'"),
    ],
)
def test_a_wrong_mount_is_refused_at_its_place(value, message):
    with pytest.raises(BadValue) as wrong:
        read(value)
    assert str(wrong.value) == message
    assert wrong.value.offset == len("RUN --mount=")
