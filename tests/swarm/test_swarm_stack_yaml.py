import os
import tempfile

from hypothesis import given, settings
from hypothesis import strategies as some
from swarm_conversion import convert_file

from composekit.source.emit import write_yaml
from composekit.swarm.plan import Attachment, ContainerPlan, NetworkPlan, ServicePlan, SwarmPlan
from composekit.swarm.stack_yaml import to_stack

STACK_LABEL = {"com.docker.stack.namespace": "demo"}
PLAIN = SwarmPlan(
    "demo",
    networks=(NetworkPlan("default", "demo_default", labels=STACK_LABEL),),
    services=(
        ServicePlan(
            "web",
            "demo_web",
            ContainerPlan("x", "x:latest", labels=STACK_LABEL),
            labels={**STACK_LABEL, "com.docker.stack.image": "x"},
            networks=(Attachment("default", "demo_default", own_name=("web",)),),
        ),
    ),
)
# What YAML can hold at all: no control characters other than tab and line breaks, no lone surrogates.
TEXT = some.text(some.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n"), max_size=20)


def stack(converted):
    return to_stack(converted.plan, folder="/contents")


def test_every_dollar_is_doubled(convert):
    made = stack(convert("services: {web: {image: x, command: ['echo', '$$HOME'], environment: {A: a$$b}}}"))
    assert made["services"]["web"]["command"] == ["echo", "$$HOME"]
    assert made["services"]["web"]["environment"] == {"A": "a$$b"}


def test_a_plain_default_network_is_not_mentioned(convert):
    made = stack(convert("services: {web: {image: x}}"))
    assert made == {"version": "3.13", "services": {"web": {"image": "x"}}}


def test_a_default_network_with_options_is_declared(convert):
    made = stack(convert("services: {web: {image: x}}\nnetworks: {default: {attachable: true}}"))
    assert made["networks"] == {"default": {"attachable": True}}
    assert "networks" not in made["services"]["web"]


def test_names_are_written_only_where_they_are_not_the_stacks_own(convert):
    made = stack(
        convert("""
            services: {web: {image: x, networks: [a, b], volumes: ["data:/c", "files:/d"]}}
            networks: {a: {}, b: {name: bee}}
            volumes: {data: {}, files: {name: real}}
        """)
    )
    assert made["networks"] == {"a": {}, "b": {"name": "bee"}}
    assert made["volumes"] == {"data": {}, "files": {"name": "real"}}


def test_ports_are_numbers_and_processors_are_text(convert):
    made = stack(convert("services: {web: {image: x, ports: ['80:8080'], cpus: 0.1}}"))
    web = made["services"]["web"]
    assert web["ports"] == [{"target": 8080, "published": 80, "protocol": "tcp", "mode": "ingress"}]
    assert web["deploy"]["resources"]["limits"] == {"cpus": "0.1"}


def test_contents_are_files_of_the_folder_named_by_their_hash(convert):
    one = stack(convert("services: {web: {image: x}}\nconfigs: {text: {content: one}}"))
    two = stack(convert("services: {web: {image: x}}\nconfigs: {text: {content: two}}"))
    assert one["configs"]["text"]["file"].startswith("/contents/config-text-")
    assert one["configs"]["text"]["file"] != two["configs"]["text"]["file"]


def test_the_labels_that_the_client_adds_are_not_written(convert):
    made = stack(convert("services: {web: {image: x, labels: {a: b}, deploy: {labels: {c: d}}}}"))
    web = made["services"]["web"]
    assert (web["labels"], web["deploy"]["labels"]) == ({"a": "b"}, {"c": "d"})


@settings(max_examples=60, deadline=None)
@given(arguments=some.lists(TEXT, min_size=1, max_size=4), value=TEXT)
def test_any_text_comes_back_as_it_was(arguments, value):
    (service,) = PLAIN.services
    container = service.container.with_values(
        args=tuple(arguments),
        environment=(("KEY", value),),
        labels={"label": value, **STACK_LABEL},
    )
    plan = PLAIN.with_values(services=(service.with_values(container=container),))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stack.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(write_yaml(to_stack(plan, folder=folder)))
        again = convert_file(path, environment={})
    assert again.plan == plan
