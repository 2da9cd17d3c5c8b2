"""What is publicly known about images: the ports they listen on, and that they bring no health check."""

from typing import NamedTuple


class Image(NamedTuple):
    """An image reference taken apart; `name` is without registry host and `library/`."""

    name: str
    tag: str
    digest: str


def read_image(reference: str) -> Image:
    """Take a reference apart. Any text gives a result; what is not there is empty."""
    rest, _, digest = reference.partition("@")
    head, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    name = head + slash + last
    host, slash, path = name.partition("/")
    if slash and ("." in host or ":" in host or host == "localhost"):
        name = path if host in _DOCKER_HUB else name
    return Image(name.removeprefix("library/"), tag, digest)


def default_ports(reference: str) -> tuple[int, ...]:
    """Return the ports the image's program listens on unless told otherwise; none when the image is not known."""
    return _PORTS.get(read_image(reference).name, ())


def has_no_health_check(reference: str) -> bool:
    """Tell whether the image is known to come without a HEALTHCHECK; `False` means that nobody knows."""
    return read_image(reference).name in _WITHOUT_HEALTH_CHECK


_DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})

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
