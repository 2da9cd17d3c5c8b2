"""What is publicly known about images: the ports they listen on, and that they bring no health check."""

from functools import lru_cache

from composekit.errors import BadValue
from composekit.lint.reading import entries, text
from composekit.source.node import Mapping
from composekit.values.image import ImageRef, parse_image


@lru_cache(maxsize=4096)
def read_image(reference: str) -> ImageRef | None:
    """Return the parts of an image reference, or `None` when it is none."""
    try:
        return parse_image(reference) if reference else None
    except BadValue:
        return None


def default_ports(reference: str) -> tuple[int, ...]:
    """Return the ports the image's program listens on unless told otherwise; none when the image is not known."""
    return _PORTS.get(_name(reference), ())


def has_no_health_check(reference: str) -> bool:
    """Tell whether the image is known to come without a HEALTHCHECK; `False` means that nobody knows."""
    return _name(reference) in _WITHOUT_HEALTH_CHECK


def data_directory(reference: str) -> str:
    """Return where a well-known database keeps its data; empty when the image is not known."""
    image = read_image(reference)
    name = _name(reference)
    if name == "postgres" and image is not None and image.tag[:2].isdecimal() and int(image.tag[:2]) >= 18:
        return "/var/lib/postgresql"
    return _DATA.get(name, "")


def runs_database(service: Mapping) -> bool:
    """Tell whether a service of a database's image runs the database, not another program such as a client."""
    if entries(service.get("entrypoint")):
        return False
    first = next((text(word) for word in entries(service.get("command"))), "-")
    return first.startswith("-") or first.rpartition("/")[2] in _SERVERS


def missing_tools(reference: str) -> frozenset[str]:
    """Return which of curl and wget an official image is known not to have; nothing when that is not known."""
    image = read_image(reference)
    if image is None or not image.tag:
        return frozenset()
    name = _name(reference)
    words = image.tag.split("-")
    if name in {"alpine", "busybox"}:
        return frozenset({"curl"})
    if name in _ALPINE_WITHOUT_CURL and any(word.startswith("alpine") for word in words):
        return frozenset({"curl"})
    if name in _SLIM_WITHOUT_BOTH and "slim" in words:
        return frozenset({"curl", "wget"})
    if name in _DEBIAN_WITHOUT_BOTH and not any(word.startswith("alpine") for word in words):
        return frozenset({"curl", "wget"})
    return frozenset()


@lru_cache(maxsize=4096)
def _name(reference: str) -> str:
    """Return the shortest spelling of an image without tag and digest; empty when the reference is none."""
    image = read_image(reference)
    return image._replace(tag="", digest="").familiar if image is not None else ""


# The EXPOSE lines of the images; https://github.com/docker-library/docs shows each.
_PORTS = {
    "cassandra": (9042,),
    "couchdb": (5984,),
    "elasticsearch": (9200,),
    "docker.elastic.co/elasticsearch/elasticsearch": (9200,),
    "influxdb": (8086,),
    "mariadb": (3306,),
    "memcached": (11211,),
    "mongo": (27017,),
    "mysql": (3306,),
    "nats": (4222,),
    "neo4j": (7474, 7687),
    "postgis/postgis": (5432,),
    "postgres": (5432,),
    "rabbitmq": (5672,),
    "redis": (6379,),
    "timescale/timescaledb": (5432,),
    "valkey/valkey": (6379,),
    "zookeeper": (2181,),
}

# Docker's official images leave health checks to their users, as a matter of policy:
# https://github.com/docker-library/cassandra/pull/76 gives the reasons. Official images that made an exception, and
# images that live elsewhere, are not in this list.
# fmt: off
_WITHOUT_HEALTH_CHECK = frozenset(
    {
        "almalinux", "alpine", "amazoncorretto", "bash", "busybox", "caddy", "cassandra", "centos", "couchdb",
        "debian", "eclipse-temurin", "elixir", "erlang", "fedora", "golang", "haproxy", "haskell", "httpd",
        "influxdb", "jetty", "mariadb", "maven", "memcached", "mongo", "mongo-express", "mysql", "nats",
        "nginx", "node", "openjdk", "perl", "php", "postgres", "python", "rabbitmq", "redis", "registry",
        "ruby", "rust", "tomcat", "traefik", "ubuntu", "wordpress", "zookeeper",
    }
)
# fmt: on

_SERVERS = frozenset(
    {
        "cassandra",
        "docker-entrypoint.sh",
        "elasticsearch",
        "eswrapper",
        "influxd",
        "mariadbd",
        "mongod",
        "mysqld",
        "mysqld_safe",
        "neo4j",
        "postgres",
        "rabbitmq-server",
        "zkServer.sh",
    }
)
"""What the images below start; a shell or a client does something else."""

# Alpine has the wget of BusyBox and no curl; nginx, php and httpd add it.
_ALPINE_WITHOUT_CURL = frozenset(
    {
        "elixir",
        "erlang",
        "golang",
        "haproxy",
        "memcached",
        "nats",
        "node",
        "postgres",
        "python",
        "rabbitmq",
        "redis",
        "ruby",
    }
)
_SLIM_WITHOUT_BOTH = frozenset({"debian", "node", "perl", "python", "ruby", "rust", "elixir", "erlang"})
_DEBIAN_WITHOUT_BOTH = frozenset({"memcached", "postgres", "redis", "mariadb"})

# The VOLUME lines of the images, and where those without one keep their data.
_DATA = {
    "cassandra": "/var/lib/cassandra",
    "couchdb": "/opt/couchdb/data",
    "elasticsearch": "/usr/share/elasticsearch/data",
    "docker.elastic.co/elasticsearch/elasticsearch": "/usr/share/elasticsearch/data",
    "influxdb": "/var/lib/influxdb",
    "mariadb": "/var/lib/mysql",
    "mongo": "/data/db",
    "mysql": "/var/lib/mysql",
    "neo4j": "/data",
    "postgis/postgis": "/var/lib/postgresql/data",
    "postgres": "/var/lib/postgresql/data",
    "rabbitmq": "/var/lib/rabbitmq",
    "timescale/timescaledb": "/var/lib/postgresql/data",
    "zookeeper": "/data",
}
