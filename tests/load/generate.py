"""Compose projects made from a seed and THE table: every attribute, in forms that are right, odd or wrong.

The same seed always gives the same project, so a difference found by `bench/fuzz_config.py` can be looked at again.
Nothing here knows what is right: the reference program, or a property, decides.
"""

import json
import random
from typing import NamedTuple

from composekit.load.fields import ROOT
from composekit.load.table import Branch, Kind

ENVIRONMENT = {"NAME": "ada", "EMPTY": "", "COUNT": "2", "YES": "true", "SIZE": "64m", "MANY": "a b", "HOME": "/root"}

ENV_FILES = {
    ".env": 'FROM_ENV=one\nCOUNT=9\nQUOTED="a b"\n',
    "a.env": "A=1\nB=${NAME}\nC='single $NAME'\nexport D=x # comment\nFROM_ENV=two\nBARE\n",
    "raw.env": "R='kept'\nS=a=b\nT=$NAME\n",
    "labels.txt": "com.example.one=1\ntwo=two words\n",
    "some.txt": "content\n",
}

SERVICES = ("web", "db", "a.b", "x-ray", "w10", "w9")
NAMES = ("front", "back", "data", "d10", "d9", "a.b")


class Project(NamedTuple):
    """A generated project: its files by name, and the arguments that name them."""

    files: dict[str, str]
    arguments: tuple[str, ...]


class Raw(str):
    """YAML text that is written as it stands."""

    __slots__ = ()


class Tagged(NamedTuple):
    """A value with a tag in front, such as !reset."""

    tag: str
    value: object


def generate(seed: int) -> Project:
    """Return the project of a seed."""
    return _Generator(random.Random(seed)).project()


class _Generator:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.wrong = rng.choice((0.0, 0.0, 0.0, 0.0, 0.01, 0.04))
        self.odd = rng.choice((0.0, 0.05, 0.2))
        self.overriding = False
        # A part of the projects is wrong in one way on purpose; in more, nothing else would be looked at.
        self.busy = rng.choice((1, 2, 4, 7))

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def pick(self, *options: object) -> object:
        return self.rng.choice(options)

    def some(self, options: tuple[object, ...], most: int = 3) -> list[object]:
        return self.rng.sample(options, self.rng.randint(1, min(most, len(options))))

    def project(self) -> Project:
        rng = self.rng
        files: dict[str, object] = {}
        services = self.some(SERVICES)
        names = {section: self.some(NAMES) for section in ("networks", "volumes", "configs", "secrets", "models")}
        files["compose.yaml"] = self.document(services, names)
        arguments = ["-f", "compose.yaml"]
        if self.chance(0.35):
            files["override.yaml"] = self.override(services, names)
            arguments += ["-f", "override.yaml"]
        if self.chance(0.2):
            files["other/base.yaml"] = self.document(["base", "second"], {})
            service = rng.choice(list(files["compose.yaml"]["services"]))
            reference = {"file": "other/base.yaml", "service": "base"}
            files["compose.yaml"]["services"][service]["extends"] = reference
            if self.chance(0.3):
                files["other/base.yaml"]["services"]["base"]["extends"] = self.pick(
                    "second", {"service": "second"}, {"file": "base.yaml", "service": "second"}
                )
        elif len(services) > 1 and self.chance(0.2):
            extends = self.pick(
                services[1], {"service": services[1]}, {"service": "missing"} if self.wrong else services[1]
            )
            files["compose.yaml"]["services"][services[0]]["extends"] = extends
        if self.chance(0.15):
            self.add_include(files)
        if self.chance(0.3):
            for profile in self.some(("one", "two", "*")):
                arguments += ["--profile", profile]
        texts = {name: self.text(value) for name, value in files.items()}
        return Project({**texts, **ENV_FILES}, tuple(arguments))

    def add_include(self, files: dict[str, object]) -> None:
        files["sub/compose.yaml"] = self.document(["inner"], {"networks": ["inner_net"]})
        if self.chance(0.2):
            files["sub/compose.yaml"]["networks"] = {self.rng.choice(NAMES): {"driver": "bridge"}}
        self.rng.choice(list(files.values()))
        forms = (
            "sub/compose.yaml",
            {"path": "sub/compose.yaml"},
            {"path": ["sub/compose.yaml"], "project_directory": "."},
            {"path": "sub/compose.yaml", "env_file": "a.env"},
            {"path": "sub/compose.yaml", "project_directory": "./other", "env_file": ["a.env", "raw.env"]},
        )
        files["compose.yaml"]["include"] = [self.rng.choice(forms)]

    def document(self, services: list[object], names: dict[str, list[object]]) -> dict[str, object]:
        self.services, self.names = services, names
        made: dict[str, object] = {"services": {name: self.service(name) for name in services}}
        for section, given in names.items():
            if self.chance(0.85):
                made[section] = {name: self.resource(section, name) for name in given}
        if self.chance(0.2):
            made["name"] = self.pick("project", "Some Project", "p-1", "${NAME}", "9x", "-x")
        if self.chance(0.1):
            made["x-top"] = self.anything()
        if self.chance(0.05):
            made["version"] = self.pick("3.8", "2")
        if self.chance(self.wrong):
            made["servces"] = {}
        return made

    def override(self, services: list[object], names: dict[str, list[object]]) -> dict[str, object]:
        self.overriding = True
        made = self.document(services, names)
        self.overriding = False
        if self.chance(0.4):
            for service in made["services"].values():
                service.pop("image", None)
        for service in made["services"].values():
            for key in list(service):
                if self.chance(0.08):
                    service[key] = Tagged("!reset", self.pick(None, service[key]))
                elif self.chance(0.08):
                    service[key] = Tagged("!override", service[key])
        return made

    def service(self, name: str) -> dict[str, object]:
        # Services need only those after them, or there would be cycles everywhere.
        self.others = self.services[self.services.index(name) + 1 :] or (["missing"] if self.wrong else [])
        branch = ROOT.down("services").down_any("x")
        made = self.keys_of(branch, ("services", "*"))
        for key in ("include", "extends"):
            made.pop(key, None)
        if "build" not in made or self.chance(0.3):
            made.setdefault("image", self.pick("nginx", "nginx:1.27", "reg.example:5000/a/b@sha256:" + "0" * 64))
        if self.chance(0.9):
            made.pop("provider", None)
        for one, other in (("network_mode", "networks"), ("scale", "deploy"), ("container_name", "scale")):
            if one in made and other in made and self.chance(0.8):
                made.pop(one)
        if self.chance(0.05):
            made["x-note"] = self.anything()
        return made

    def resource(self, section: str, name: str) -> object:
        if section in ("networks", "volumes") and self.chance(0.3):
            return None
        if self.overriding and self.chance(0.6):
            return {"name": "renamed"} if section != "models" else {"model": "other"}
        made = self.keys_of(ROOT.down(section).down_any("x"), (section, "*"))
        if section in ("configs", "secrets"):
            for key in (*_SOURCES, "driver", "driver_opts", "template_driver"):
                made.pop(key, None)
            keys = ("file", "environment", "external") if section == "secrets" else ("file", "content", "environment")
            key = keys[len(name) % 3]  # the same in every file, for two of them exclude each other
            made[key] = {"file": "./some.txt", "environment": "NAME", "external": True, "content": "a $NAME\n"}[key]
        if section == "volumes":
            made.pop("external", None)
        if section == "models":
            made.setdefault("model", "ai/smollm2")
        if section == "volumes" and name == "data":
            made = {"external": True, "name": "outside"}
        if "external" in made and made["external"] and self.chance(0.8):
            made = {key: value for key, value in made.items() if key in ("external", "name")}
        return made

    def keys_of(self, branch: Branch, path: tuple[str, ...]) -> dict[str, object]:
        keys = list(branch.keys)
        count = min(len(keys), self.rng.randint(0 if len(path) > 2 else 1, self.busy + (1 if len(keys) > 20 else 0)))
        made = {key: self.value(branch.keys[key], (*path, key)) for key in self.rng.sample(keys, count)}
        for key in _NEEDED.get(".".join(path[2:]), ()):
            made.setdefault(key, self.value(branch.keys[key], (*path, key)))
        if self.chance(self.wrong):
            made["unknown_key"] = 1
        return made

    def value(self, branch: Branch, path: tuple[str, ...]) -> object:
        if self.chance(self.wrong):
            return self.anything()
        special = getattr(self, "value_" + "_".join(path[2:]).replace("[]", "item"), None)
        special = (
            special
            or _SPECIAL.get(".".join(part for part in path if part != "[]")[len("services.*.") :])
            or _SPECIAL.get(path[-1])
        )
        if special is not None and self.chance(0.93):
            return special() if callable(special) else self.varied(self.rng.choice(special))
        kind = branch.field.kind if branch.field is not None else Kind.ANY
        if kind in (Kind.OBJECT, Kind.ULIMIT):
            return self.keys_of(branch, path)
        if kind is Kind.NAMED and branch.any is not None:
            return {name: self.value(branch.any, (*path, "*")) for name in self.some(NAMES, 2)}
        if kind is Kind.ITEMS:
            below = branch.down("[]")
            return [self.value(below, (*path, "[]")) for _ in range(self.rng.randint(0, 2))]
        return self.of_kind(kind, path)

    def of_kind(self, kind: Kind, path: tuple[str, ...]) -> object:
        if kind in (Kind.VARIABLES, Kind.TEXT_MAP):
            return self.options(only_text="ipam" in path) if path[-1] in _MAPPINGS_ONLY else self.pairs()
        if kind is Kind.HOSTS:
            return self.pick(
                {"h": "10.0.0.1"}, ["h=10.0.0.1", "g:10.0.0.2"], {"h": ["::1", "10.0.0.1"]}, ["h:::1", "i=[::1]"]
            )
        if kind in (Kind.TEXTS, Kind.COMMAND, Kind.TEST):
            words = self.some(_TEXTS)
            return self.pick(words, words, []) if path[-1] in _LISTS_ONLY else self.pick(words, " ".join(words), [])
        return self.varied(self.rng.choice(_VALUES.get(kind, _TEXTS)))

    def pairs(self) -> object:
        keys = self.some(("A", "B", "C_D", "e.f", "10", "9", "NAME", "UNKNOWN"), 4)
        values = {
            key: self.pick("v", "", None, 1, True, 0.5, "a=b", "${NAME}", "$$x", "x y", -0.0, 1e21) for key in keys
        }
        if self.chance(0.5):
            return values
        return [key if value is None else f"{key}={_shown(value)}" for key, value in values.items()]

    def options(self, *, only_text: bool) -> object:
        words = ("v", "", "${NAME}") if only_text or not self.chance(0.2) else ("v", 1, 0.5, 10)
        return {key: self.rng.choice(words) for key in self.some(("A", "b.c", "10", "9"))}

    def varied(self, value: object) -> object:
        """Return a value, or a variable that stands for it."""
        casts = isinstance(value, str) or self.chance(0.1)
        if casts and isinstance(value, (str, int, float)) and not isinstance(value, Raw) and self.chance(self.odd):
            text = _shown(value)
            return self.pick(
                f"${{UNSET:-{text}}}", f"${{UNSET-{text}}}", f"${{NAME:+{text}}}", f"${{EMPTY:-{text}}}", text
            )
        return value

    def anything(self) -> object:
        return self.pick(
            None, True, False, 0, 1, -1, 1.5, "", "text", [], {}, [1], ["a", "a"], {"a": 1}, {"a": None}, [None],
            Raw("2024-01-01"), Raw("1_000"), Raw("0o17"), Raw("017"), Raw("0x1F"), Raw(".inf"), Raw("1e3"), Raw("yes"),
            Raw("~"), Raw("!!str 5"), Raw("'5'"), Raw("12:30"), "${NAME}", "${COUNT}", "${NAME", "${1}", "$", [[]],
            [{}],
        )  # fmt: skip

    # What the table cannot tell: values that refer to something else, or have a little language of their own.

    def value_depends_on(self) -> object:
        names = self.some((*self.others, self.services[0]) if self.wrong else tuple(self.others)) if self.others else []
        if self.chance(0.5):
            return names
        return {
            name: self.pick(
                {"condition": "service_started"},
                {"condition": "service_healthy", "required": False},
                {"condition": "service_completed_successfully", "restart": True},
            )
            for name in names
        }

    def value_networks(self) -> object:
        names = self.some((*self.names.get("networks", ()), "default"), 2)
        below = ROOT.down("services").down_any("x").down("networks").down_any("x")
        if self.chance(0.5):
            return names
        return {name: self.pick(None, self.keys_of(below, ("services", "*", "networks", "*"))) for name in names}

    def value_volumes(self) -> object:
        named = self.names.get("volumes") or ["missing"]
        short = (
            f"{named[0]}:/data", f"{named[-1]}:/var/lib/x:ro", "./here:/there", "/abs:/abs:rw,z", "/only", "~/h:/home",
            "../up:/up:cached", f"{named[0]}:/nocopy:nocopy", "./a:/b/../c", "C:\\x:/win", "./here:/there/",
        )  # fmt: skip
        long = ROOT.down("services").down_any("x").down("volumes").down("[]")
        made = [self.varied(one) for one in self.some(short)]
        if self.chance(0.4):
            mount = self.keys_of(long, ("services", "*", "volumes", "[]"))
            if mount.get("type") in ("volume", "cluster"):
                mount["source"] = named[0]
            elif mount.get("type") == "bind":
                mount["source"] = self.pick("./x", "/y", "~/z", ".")
            made.append(mount)
        return made

    def value_ports(self) -> object:
        short = (
            "80", "8080:80", "127.0.0.1:8081:81", "9000-9002:9000-9002/udp", "3000-3001", "[::1]:82:82/tcp",
            "53:53/udp", "127.0.0.1::83", "8000-8010:84", 85, Raw("0o120"), "${COUNT}000:80", "80:80/sctp", ":90",
        )  # fmt: skip
        long = ROOT.down("services").down_any("x").down("ports").down("[]")
        made = [self.varied(one) for one in self.some(short)]
        if self.chance(0.4):
            made.append(self.keys_of(long, ("services", "*", "ports", "[]")))
        return made

    def value_secrets(self) -> object:
        return self.file_uses("secrets")

    def value_configs(self) -> object:
        return self.file_uses("configs")

    def value_build_secrets(self) -> object:
        return self.file_uses("secrets")

    def file_uses(self, section: str) -> object:
        below = ROOT.down("services").down_any("x").down("configs").down("[]")
        made: list[object] = []
        for name in self.some(tuple(self.names.get(section) or ("missing",)), 2):
            use = self.keys_of(below, ("services", "*", "configs", "[]"))
            made.append(self.pick(name, {**use, "source": name}, {"source": name}))
        return made

    def value_deploy_resources(self) -> object:
        made: dict[str, object] = {}
        for side, keys in (
            ("limits", ("cpus", "memory", "pids")),
            ("reservations", ("cpus", "memory", "devices", "generic_resources")),
        ):
            at = ROOT.down("services").down_any("x").down("deploy").down("resources").down(side)
            path = ("services", "*", "deploy", "resources", side)
            chosen = [key for key in keys if self.chance(0.4)]
            if chosen or self.chance(0.3):
                made[side] = {key: self.value(at.keys[key], (*path, key)) for key in chosen}
        return made

    def value_models(self) -> object:
        names = self.some(tuple(self.names.get("models") or ("missing",)), 2)
        return self.pick(names, {name: self.pick(None, {"endpoint_var": "E"}, {"model_var": "M"}) for name in names})

    def value_env_file(self) -> object:
        return self.pick(
            "a.env", ["a.env"], ["a.env", "./raw.env"], [{"path": "a.env"}], [{"path": "none.env", "required": False}],
            [{"path": "raw.env", "format": "raw"}], [{"path": "a.env", "required": True}, "a.env"], "./a.env", [],
            ["none.env"] if self.wrong else [],
        )  # fmt: skip

    def value_label_file(self) -> object:
        return self.pick("labels.txt", ["labels.txt"], ["./labels.txt", "labels.txt"])

    def value_links(self) -> object:
        return [self.pick(name, f"{name}:alias") for name in self.others]

    def value_volumes_from(self) -> object:
        return [self.pick(name, f"{name}:ro", "container:other") for name in self.others]

    def value_network_mode(self) -> object:
        return self.pick(
            "host",
            "none",
            "bridge",
            "container:x",
            f"service:{(self.others or self.services)[-1]}" if self.others or self.wrong else "host",
        )

    def value_build(self) -> object:
        build = self.keys_of(ROOT.down("services").down_any("x").down("build"), ("services", "*", "build"))
        if "dockerfile" in build and self.chance(0.8):
            build.pop("dockerfile_inline", None)
        return self.pick(".", "./dir", "https://example.org/x.git#main", build, build, build)

    def value_build_additional_contexts(self) -> object:
        return self.pick(
            ["a=./x", "b=docker-image://x"],
            {"a": "./x", "c": f"service:{self.services[-1]}" if self.wrong else "/c"},
            {"u": "https://e.org/x"},
            {"t": "~/x"},
        )

    def value_healthcheck_test(self) -> object:
        return self.pick(
            "curl x", ["CMD", "a", "b"], ["CMD-SHELL", "a b"], ["NONE"], "", ["a"] if self.wrong else ["NONE"]
        )

    def text(self, document: object) -> str:
        if self.chance(0.05):
            return json.dumps(_plain(document), ensure_ascii=self.chance(0.5), indent=self.pick(None, 2))
        lines = _lines(document, "", self.rng)
        ending = self.pick("\n", "\n", "\n", "\n", "\n", "\n", "\r\n")
        text = ending.join(lines) + ending
        return ("\ufeff" if self.chance(0.02) else "") + text


def _shown(value: object) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _plain(value: object) -> object:
    if isinstance(value, Tagged):
        return _plain(value.value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Raw) else value


def _lines(value: object, indent: str, rng: random.Random) -> list[str]:
    """Return a block mapping or list; now and then flow style, anchors and merge keys."""
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            shown = key if rng.random() < 0.9 and key.replace("-", "").replace("_", "").isalpha() else json.dumps(key)
            _add(lines, f"{indent}{shown}:", item, indent + "  ", rng)
    else:
        for item in value:
            _add(lines, f"{indent}-", item, indent + "  ", rng)
    return lines


def _add(lines: list[str], lead: str, item: object, indent: str, rng: random.Random) -> None:
    if isinstance(item, Tagged):
        lead, item = f"{lead} {item.tag}", item.value
    if isinstance(item, (dict, list)) and item and rng.random() < 0.9:
        if isinstance(item, dict) and rng.random() < 0.03:
            keys = list(item)
            merged = {key: item[key] for key in keys[: len(keys) // 2]}
            rest = {key: item[key] for key in keys[len(keys) // 2 :]}
            lines.append(lead)
            lines.append(f"{indent}<<: {_flow(merged)}")
            lines += _lines(rest, indent, rng)
            return
        lines.append(lead)
        lines += _lines(item, indent, rng)
    else:
        lines.append(f"{lead} {_flow(item)}")


def _flow(value: object) -> str:
    if isinstance(value, Tagged):
        return f"{value.tag} {_flow(value.value)}"
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


_TEXTS = (
    "a",
    "some text",
    "x=y",
    "10",
    "true",
    "é",
    "a:b",
    "line\nbreak",
    "it's",
    "${NAME}",
    "$$PATH",
    "a10",
    "a9",
    "#x",
)
_VALUES: dict[Kind, tuple[object, ...]] = {
    Kind.NATURAL: (0, 1, 7, 30, 1.0, Raw("0o17")),
    Kind.INT: (0, 1, 5, 100, 1, 2, 20, 1.0, Raw("1_0"), Raw("0o17"), Raw("017"), Raw("0x10"), Raw("+5")),
    Kind.FLOAT: (0, 1, 0.5, 1.5, 0.1, 1e-7, 3),
    Kind.FLOAT32: (0, 1, 0.5, 1.5, 0.1, 50.5, 0.3333333333),
    Kind.BOOL: (True, False),
    Kind.BYTES: ("64m", "1g", 1024, "1024", 0, "0", "1.5gb", "64 MB", "1kb", "10b", -1, "${SIZE}", "2T"),
    Kind.DURATION: ("10s", "1m30s", "500ms", "0s", "1h", "1.5h", "90s", "2d", "1w", "100us", "0", "-1s", "1h0m5s"),
    Kind.MODE: (0, 288, "0440", "440", Raw("0440"), Raw("0o440"), "0", 511),
    Kind.COUNT: (1, "all", "2", -1, "ALL", 0),
    Kind.SSH: (["default"], ["default", "k=./key"], {"k": "~/key"}, {"default": None}, {"k": "/abs"}),
    Kind.MULTI: ({"k": "v"}, {"k": ["a", "b"]}, {"n": 1, "b": True}),
}  # fmt: skip
_SOURCES = ("file", "environment", "content", "external")
_MAPPINGS_ONLY = ("driver_opts", "options", "ipam.options", "aux_addresses", "storage_opt")
_LISTS_ONLY = (
    "aliases", "cache_from", "cache_to", "constraints", "device_cgroup_rules", "external_links", "group_add", "tags",
    "link_local_ips", "security_opt", "device_ids", "runtime_flags", "cap_add", "cap_drop",
)  # fmt: skip
_SPECIAL: dict[str, tuple[object, ...]] = {
    "profiles": (["one"], ["one", "two"], ["three"], [], ["one", "one"]),
    "cgroup": ("host", "private"),
    "pull_policy": ("always", "never", "missing", "if_not_present", "build", "daily", "every_12h", "refresh"),
    "restart": ("no", "always", "on-failure", "on-failure:3", "unless-stopped", "on-failure:x"),
    "gpus": ("all", [{"count": 1}], [{"driver": "nvidia", "count": "all"}], [{"device_ids": ["0"]}], [{}]),
    "devices": (
        ["/dev/a"],
        ["/dev/a:/dev/b:rw"],
        ["/dev/a:/dev/b", "/dev/c:/dev/b"],
        [{"source": "/x", "target": "/y"}],
    ),
    "dns": ("1.1.1.1", ["1.1.1.1", "8.8.8.8"], ["1.1.1.1", "1.1.1.1"], ["${EMPTY}"], []),
    "expose": (["80"], [80, "81/udp"], ["80", 80], ["3000-3005"]),
    "ulimits": (
        {"nofile": 1024},
        {"nofile": {"soft": 1, "hard": 2}},
        {"nproc": "5"},
        {"core": 0},
        {"x": {"soft": 0, "hard": 0}},
    ),
    "logging": (
        {"driver": "json-file", "options": {"max-size": "1m", "n": 3}},
        {"options": {"a": None}},
        {"driver": "none"},
        {},
    ),
    "tmpfs": ("/run", ["/run", "/tmp:size=64m"], ["/run", "/run"], []),
    "extra_hosts": (
        ["a:10.0.0.1", "b=::1"],
        {"a": "10.0.0.1"},
        {"a": ["10.0.0.1", "10.0.0.2"]},
        ["a:host-gateway", "a=[::1]"],
    ),
    "platform": ("linux/amd64", "linux/arm64"),
    "platforms": (["linux/amd64"], ["linux/amd64", "linux/arm64"]),
    "condition": ("service_started", "service_healthy", "on-failure", "none", "any"),
    "capabilities": (["gpu"], ["gpu", "utility"]),
    "action": ("rebuild", "restart", "sync", "sync+restart", "sync+exec"),
    "selinux": ("z", "Z"),
    "propagation": ("rprivate", "rshared"),
    "recursive": ("enabled", "disabled", "writable"),
    "type": ("bind", "volume", "tmpfs", "image", "npipe", "cluster"),
    "ports.target": (80, "81", 82),
    "target": ("/data", "/x", "/data/", "/y", "/a/../b"),
    "host_ip": ("127.0.0.1", "::1", "0.0.0.0"),
    "published": ("8080", 8080, "8080-8090", "0"),
    "protocol": ("tcp", "udp"),
    "order": ("start-first", "stop-first"),
    "failure_action": ("pause", "continue", "rollback"),
    "endpoint_mode": ("vip", "dnsrr"),
    "mac_address": ("02:42:ac:11:00:02", Raw("02:42:ac:11:00:02")),
    "mem_swappiness": (0, 60, "60"),
    "oom_score_adj": (0, 100, -1000, 1000),
    "ipv4_address": ("10.1.2.3",),
    "ipv6_address": ("2001:db8::1",),
    "config": (
        [{"subnet": "10.0.0.0/8"}],
        [{"subnet": "10.0.0.0/8", "gateway": "10.0.0.1"}, {"subnet": "10.1.0.0/16"}],
        [],
    ),
    "rate": (1024, "1mb", "0"),
    "weight": (10, 1000, 300),
    "ipc": ("host", "shareable", "private"),
    "pid": ("host",),
    "uts": ("host",),
    "userns_mode": ("host",),
    "credential_spec": ({"file": "a.json"}, {"registry": "x"}, {"config": "c"}),
    "provenance": (True, False, "mode=max"),
    "sbom": (True, False, "x"),
    "ssh": (["default"], ["default", "k=./key"], {"k": "~/key"}, {"default": None}, {"k": "/abs"}),
    "shm_size": ("64m", 1024, "1gb", 0),
    "entitlements": (["network.host"],),
    "external": (True, False, True),
    "name": ("plain", "with_${NAME}", "a.b"),
    "watch": (
        [{"path": "./src", "action": "sync", "target": "/app", "ignore": ["x/"]}],
        [
            {"path": "p.json", "action": "rebuild"},
            {"path": ".", "action": "sync+exec", "target": "/", "exec": {"command": "a b"}},
        ],
        [{"path": "./a", "action": "restart", "include": "x", "initial_sync": True}],
    ),
    "discrete_resource_spec": ({"kind": "ssd", "value": 2}, {"kind": "x", "value": 0}),
    "provider": ({"type": "x"}, {"type": "x", "options": {"a": "b", "n": 1, "l": ["x", "y"]}}),
    "deploy.mode": ("replicated", "global"),
    "ports.mode": ("ingress", "host"),
    "volumes.tmpfs.mode": (0, 511, 1777, Raw("0o1777")),
    "uid": ("0", "1000"),
    "cpu_percent": (0, 50, 100),
    "container_name": ("one", "two-2", "three_3"),
    "context_size": (0, 1024, 2048),
    "test": ("curl x", ["CMD", "a", "b"], ["CMD-SHELL", "a b"], ["NONE"]),
    "mode": (288, "0440", Raw("0440"), 0),
}
_NEEDED = {
    "volumes.[]": ("type", "target"),
    "ports.[]": ("target",),
    "develop.watch.[]": ("path", "action"),
    "devices.[]": ("source",),
    "provider": ("type",),
    "post_start.[]": ("command",),
    "pre_stop.[]": ("command",),
    "blkio_config.weight_device.[]": ("path", "weight"),
    "deploy.resources.reservations.devices.[]": ("capabilities",),
    "env_file.[]": ("path",),
    "devices.[].": ("source",),
}
