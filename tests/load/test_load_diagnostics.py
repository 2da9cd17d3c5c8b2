# ruff: noqa: E501  # one case a line reads as a table
"""Every problem that loading can report: a project that has it, and what the user then reads."""

import importlib
import os
import pkgutil

import pytest

import composekit.load
import composekit.source
from composekit.report.text import render
from composekit.source.diagnostic import Problem


def web(keys):
    """Return a project of one service with an image and these keys (one line of YAML)."""
    return "services:\n  web:\n    image: x\n" + "".join(f"    {line}\n" for line in keys.split("\n"))


CHAIN = "services:\n" + "".join(f"  s{n}:\n    extends: s{n + 1}\n" for n in range(150)) + "  s150: {image: x}\n"
BOMB = "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 7)
)

CASES = {
    "CK001": {"files": {"other.txt": ""}, "use": ()},
    "CK002": {"files": {"some.txt": ""}, "use": ("missing.yaml",)},
    "CK002-include": {"files": {"compose.yaml": "include:\n  - gone.yaml\n"}},
    "CK002-extends": {"files": {"compose.yaml": web("extends: {file: gone.yaml, service: a}")}},
    "CK003": {"files": {"compose.yaml": b"services:\n  web:\n    image: caf\xe9\n"}},
    "CK004": {"files": {"compose.yaml": "# nothing\n"}},
    "CK005": {"files": {"compose.yaml": web("tty: true"), ".env": "A=1\nB='open\n"}},
    "CK006": {"files": {"compose.yaml": web("tty: true"), "docker-compose.yml": ""}, "use": ()},
    "CK007": {"files": {"compose.yaml": web("tty: true")}, "env": {"COMPOSE_DISABLE_ENV_FILE": "maybe"}},
    "CK008-env": {"files": {"compose.yaml": web("env_file: [none.env]")}},
    "CK008-label": {"files": {"compose.yaml": web("label_file: none.labels")}},
    "CK009": {"files": {"compose.yaml": web("env_file: [{path: a.env, format: json}]"), "a.env": ""}},
    "CK010": {"files": {"compose.yaml": "services:\n  web: [x\n  db: }\n"}},
    "CK011": {"files": {"compose.yaml": web("tty: true\nimage: y")}},
    "CK012": {"files": {"compose.yaml": web("labels: *base")}},
    "CK013": {"files": {"compose.yaml": web("labels: &base [*base]")}},
    "CK014": {"files": {"compose.yaml": "x-deep: " + "[" * 300 + "]" * 300 + "\n"}},
    "CK015": {"files": {"compose.yaml": BOMB}},
    "CK016": {"files": {"compose.yaml": web("<<: base")}},
    "CK017": {"files": {"compose.yaml": "services:\n  1: {image: x}\n"}},
    "CK018": {"files": {"compose.yaml": web("scale: !!int many")}},
    "CK019": {"files": {"compose.yaml": "- web\n"}},
    "CK020": {"files": {"compose.yaml": web("tty: true")}, "project_name": "My Project"},
    "CK021": {"files": {"compose.yaml": "name: '???'\n" + web("tty: true")}},
    "CK101": {"files": {"compose.yaml": web("command: echo ${NAME")}},
    "CK101-required": {"files": {"compose.yaml": web("command: echo ${TOKEN:?log in first}")}},
    "CK102": {"files": {"compose.yaml": web("command: echo $NAME")}},
    "CK103": {"files": {"compose.yaml": web("scale: ${COUNT}")}, "env": {"COUNT": "many"}},
    "CK104": {"files": {"compose.yaml": web("tty: 'yes'")}},
    "CK110": {"files": {"1.yaml": web("deploy: {replicas: 1}"), "2.yaml": web("deploy: [a]")}, "use": ("1.yaml", "2.yaml")},
    "CK120": {"files": {"compose.yaml": web("volumes:\n  - {type: bind, source: /a}\n  - /b:/c")}},
    "CK122": {"files": {"compose.yaml": web("cap_add: [1, A]")}},
    "CK130": {"files": {"compose.yaml": web("extends: base")}},
    "CK130-file": {"files": {"compose.yaml": web("extends: {file: b.yaml, service: base}"), "b.yaml": "services: {}\n"}},
    "CK131": {"files": {"compose.yaml": "services:\n  a: {extends: b}\n  b: {extends: a}\n"}},
    "CK132": {"files": {"compose.yaml": web("extends: {file: b.yaml}")}},
    "CK133": {"files": {"compose.yaml": CHAIN}},
    "CK140": {"files": {"compose.yaml": web("volumes: [{type: bind, target: /a}]")}},
    "CK150": {"files": {"compose.yaml": "include: other.yaml\n"}},
    "CK151": {"files": {"compose.yaml": "include: [b.yaml]\n", "b.yaml": "include: [compose.yaml]\n"}},
    "CK152": {"files": {"compose.yaml": "include: [b.yaml]\n" + web("tty: true"), "b.yaml": web("tty: false")}},
    "CK153": {"files": {"compose.yaml": "include:\n  - env_file: a.env\n"}},
    "CK209": {"files": {"compose.yaml": web("hostname: 2024-01-02")}},
    "CK209-named-x": {"files": {"compose.yaml": "services:\n  x-ray: {image: a, hostname: 2024-01-02}\n"}},
    "CK210": {"files": {"compose.yaml": web("ports: ['80:eighty']")}},
    "CK211": {"files": {"compose.yaml": web("volumes: ['/a:/b:/c:/d']")}},
    "CK212": {"files": {"compose.yaml": web("devices: ['/a:/b:r:w']")}},
    "CK213": {"files": {"compose.yaml": web("build: {context: ., additional_contexts: [base]}")}},
    "CK214": {"files": {"compose.yaml": web("build: {context: ., ssh: [key]}")}},
    "CK215": {"files": {"compose.yaml": web("tty: true") + "volumes:\n  a: {name: b, external: {name: c}}\n"}},
    "CK216": {"files": {"compose.yaml": web("volumes: ['a:/a']") + "volumes:\n  a: {external: {name: b}}\n"}},
    "CK217": {"files": {"compose.yaml": web("extends: {file: b.yaml, service: b}"), "b.yaml": "services: {b: {ulimits: {n: [1]}}}\n"}},
    "CK217-build": {"files": {"compose.yaml": web("build: {context: ., ulimits: {n: '5'}}")}},
    "CK218": {"files": {"compose.yaml": web("extends: {file: b.yaml, service: b}"), "b.yaml": "services: {b: {depends_on: {c: }}}\n"}},
    "CK219": {"files": {"compose.yaml": web("ports: [80.5]")}},
    "CK220": {"files": {"compose.yaml": web("stop_grace_period: soon")}},
    "CK220-words": {"files": {"compose.yaml": web("command: echo 'open")}},
    "CK221": {"files": {"compose.yaml": web("secrets: [{source: a, mode: rw}]") + "secrets: {a: {file: a}}\n"}},
    "CK221-octal": {"files": {"compose.yaml": web("configs: [{source: a, mode: '0o440'}]") + "configs: {a: {file: a}}\n"}},
    "CK222": {"files": {"compose.yaml": web("environment: ['NAME = value']")}},
    "CK223": {"files": {"compose.yaml": web("extra_hosts: [localhost]")}},
    "CK224": {"files": {"compose.yaml": web("extends: {file: b.yaml, service: b}"), "b.yaml": "services: {b: {devices: [[a]]}}\n"}},
    "CK301": {"files": {"compose.yaml": web("tty: true") + "configs:\n  a: {file: a, content: b}\n"}},
    "CK302": {"files": {"compose.yaml": web("tty: true") + "configs:\n  a: {name: b}\n"}},
    "CK303": {"files": {"compose.yaml": web("tty: true") + "volumes:\n  a: {external: true, driver: local}\n"}},
    "CK305": {"files": {"compose.yaml": web("ports: [{target: 80, host_ip: here}]")}},
    "CK306": {"files": {"compose.yaml": web("develop: {watch: [{path: '', action: rebuild}]}")}},
    "CK310": {"files": {"compose.yaml": "services:\n  web:\n    tty: true\n"}},
    "CK311-network": {"files": {"compose.yaml": web("networks: [frnt]") + "networks: {front: }\n"}},
    "CK311-service": {"files": {"compose.yaml": web("depends_on: [cache]")}},
    "CK311-volume": {"files": {"compose.yaml": web("volumes: ['data:/data']")}},
    "CK312": {"files": {"compose.yaml": web("depends_on: [db]") + "  db: {image: x, profiles: [debug]}\n"}},
    "CK313": {"files": {"compose.yaml": web("depends_on: [db]") + "  db: {image: x, depends_on: [web]}\n"}},
    "CK314": {"files": {"compose.yaml": web("network_mode: host\nnetworks: [front]") + "networks: {front: }\n"}},
    "CK315": {"files": {"compose.yaml": web("scale: 1\ndeploy: {replicas: 2}")}},
    "CK315-memory": {"files": {"compose.yaml": web("mem_limit: 1m\ndeploy: {resources: {limits: {memory: 2m}}}")}},
    "CK316": {"files": {"compose.yaml": web("healthcheck: {test: [curl, x]}")}},
    "CK317": {"files": {"compose.yaml": web("build: {context: ., additional_contexts: {b: 'service:db'}}") + "  db: {image: x}\n"}},
    "CK318": {"files": {"compose.yaml": web("platform: linux/arm64\nbuild: {context: ., platforms: [linux/amd64]}")}},
    "CK319": {"files": {"compose.yaml": web("scale: -1")}},
    "CK320": {"files": {"compose.yaml": web("tty: true")}, "services": ("wbe",)},
    "CK321": {"files": {"compose.yaml": web("container_name: one\nscale: 2")}},
    "CK322": {"files": {"compose.yaml": web("develop: {watch: [{path: ., action: sync}]}")}},
    "CK323": {"files": {"compose.yaml": web("tmpfs: [/run]\nvolumes: ['/a:/run']")}},
    "CK324": {"files": {"compose.yaml": web("container_name: one") + "  db: {image: x, container_name: one}\n"}},
    "CK325": {"files": {"compose.yaml": web("tty: true") + "secrets:\n  a: {driver: vault}\n"}},
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_problem_is_told_with_its_place(case, load, snapshot, tmp_path):
    options = dict(CASES[case])
    loaded = load(options.pop("files"), **options)
    code = case.partition("-")[0]
    codes = [one.code for one in loaded.report]
    assert codes.count(code) == 1
    assert codes == [code], [repr(one) for one in loaded.report]
    assert render(loaded.report.sorted()).replace(str(tmp_path), "/project") == snapshot


def test_every_problem_of_loading_has_a_case():
    declared = set()
    for package in (composekit.load, composekit.source):
        for module in pkgutil.iter_modules(package.__path__):
            members = vars(importlib.import_module(f"{package.__name__}.{module.name}")).values()
            declared |= {one.code for one in members if isinstance(one, Problem)}
    assert declared - {case.partition("-")[0] for case in CASES} == set()


def test_mistakes_of_all_files_come_together(load):
    loaded = load(
        {
            "1.yaml": "services:\n  web:\n    imge: x\n    image: ${A\n",
            "2.yaml": "services:\n  web:\n    tty: 1\n    tty: true\n",
            "3.yaml": "services:\n  web:\n    ports: yes\n    scale: ${B}\n",
        },
        use=("1.yaml", "2.yaml", "3.yaml"),
        env={"B": "many"},
    )
    found = [(str(one.span), one.code) for one in loaded.report.sorted()]
    assert found == [
        ("1.yaml:3:5", "CK201"),
        ("1.yaml:4:12", "CK101"),
        ("2.yaml:3:10", "CK202"),
        ("2.yaml:4:5", "CK011"),
        ("3.yaml:3:12", "CK202"),
        ("3.yaml:4:12", "CK103"),
    ]


def test_one_place_has_one_root_cause(load):
    loaded = load(web("scale: ${COUNT}"), env={"COUNT": "many"})
    assert [one.code for one in loaded.report] == ["CK103"]


def test_a_mistake_in_an_included_file_says_who_includes_it(load):
    loaded = load(
        {
            "compose.yaml": "include: [a.yaml]\n",
            "a.yaml": "include: [b.yaml]\n",
            "b.yaml": "services: {web: {imge: x}}\n",
        }
    )
    (one,) = loaded.report
    assert str(one.span) == "b.yaml:1:18"
    assert [str(other.span) for other in one.related] == ["a.yaml:1:11", "compose.yaml:1:11"]


def test_a_file_that_is_given_twice_is_read_once(load, monkeypatch):
    from composekit.load import pipeline

    read = []
    real = pipeline.read_source
    monkeypatch.setattr(
        pipeline, "read_source", lambda path, *rest: read.append(os.path.basename(path)) or real(path, *rest)
    )
    loaded = load(web("tty: true"), use=("compose.yaml", "compose.yaml"))
    assert not list(loaded.report)
    assert read == ["compose.yaml"]
