"""A small stand-in for the loader: single files, the short forms that the rules' fixtures use, no interpolation."""

from composekit.source.diagnostic import Report
from composekit.source.node import Mapping, Scalar, Sequence
from composekit.source.text import Source
from composekit.source.yaml import read_documents


class Loaded:
    def __init__(self, tree, documents, report):
        self.tree = tree
        self.documents = documents
        self.report = report
        self.name = "project"
        self.directory = "/project"


def load_texts(texts):
    report = Report()
    documents = []
    for name, text in texts.items():
        documents += read_documents(Source(name, text), report)
    tree = documents[0]
    for other in documents[1:]:
        tree = merged(tree, other)
    services = {name: canonical(body) for name, body in tree["services"].items.items()}
    return Loaded(tree.with_items({"services": tree["services"].with_items(services)}), documents, report)


def merged(base, other):
    if isinstance(base, Mapping) and isinstance(other, Mapping):
        items = {k: merged(base[k], v) if k in base else v for k, v in other.items.items()}
        spans = {**base.key_spans, **other.key_spans}
        return Mapping({**base.items, **items}, base.span, spans)
    if isinstance(base, Sequence) and isinstance(other, Sequence):
        return Sequence(base.items + other.items, base.span)
    return other


def canonical(service):
    changed = {}
    for key, expand in EXPAND.items():
        node = service.get(key)
        if node is not None:
            changed[key] = expand(node)
    return service.with_items(changed)


def keyed(node, span, **values):
    return Mapping({k: Scalar(v, span) for k, v in values.items() if v is not None}, span)


def each(expand):
    def run(node):
        found = []
        for item in node.items:
            found += expand(item) if isinstance(item, Scalar) else [item]
        return Sequence(found, node.span)

    return run


def port(node):
    text, _, protocol = str(node.value).partition("/")
    host, _, target = text.rpartition(":")
    address, _, published = host.rpartition(":")
    low, _, high = target.partition("-")
    first, _, _ = published.partition("-")
    if not high:
        return [
            keyed(
                node,
                node.span,
                target=int(low),
                published=published or None,
                host_ip=address or None,
                protocol=protocol or "tcp",
            )
        ]
    return [
        keyed(
            node,
            node.span,
            target=int(low) + n,
            published=str(int(first) + n),
            host_ip=address or None,
            protocol=protocol or "tcp",
        )
        for n in range(int(high) - int(low) + 1)
    ]


def mount(node):
    source, _, target = node.value.partition(":")
    kind = "bind" if source[:1] in "./~" else "volume"
    return [keyed(node, node.span, type=kind, source=source, target=target.partition(":")[0])]


def named(node):
    return [keyed(node, node.span, source=node.value)]


def environment(node):
    if isinstance(node, Mapping):
        return node
    items = {}
    for item in node.items:
        name, equals, value = item.value.partition("=")
        items[name] = Scalar(value if equals else None, item.span)
    return Mapping(items, node.span)


def names(**values):
    def run(node):
        if isinstance(node, Mapping):
            return node
        return Mapping({item.value: keyed(item, item.span, **values) for item in node.items}, node.span)

    return run


EXPAND = {
    "ports": each(port),
    "volumes": each(mount),
    "secrets": each(named),
    "configs": each(named),
    "environment": environment,
    "depends_on": names(condition="service_started"),
    "networks": names(),
}
