"""The Engine API over HTTP: requests, their errors, and streams (https://docs.docker.com/reference/api/engine/)."""

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from composekit.errors import ComposekitError
from composekit.swarm.dial import Line, Unreachable, unreachable
from composekit.swarm.endpoint import Endpoint

Json = dict[str, Any]
Query = Mapping[str, Any]

_NEWEST = (1, 50)
"""The version whose requests these are; an older engine gets its own."""
_OLDEST = (1, 41)
"""Jobs, and the numbers of running tasks in a list of services."""
_SECONDS = 60.0


class EngineError(ComposekitError):
    """The engine's answer to a request that it does not fulfil; `status` is HTTP's."""

    def __init__(self, message: str, *, status: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class NoManager(ComposekitError):
    """The engine is no manager of a swarm."""

    exit_code = 4


class _Connection(http.client.HTTPConnection):
    def __init__(self, line: Line) -> None:
        super().__init__("docker")
        self.sock = line.socket


class Engine:
    """A client of one engine, for one thread; it keeps its connection open between requests."""

    def __init__(self, endpoint: Endpoint, *, timeout: float = _SECONDS) -> None:
        self._line: Line | None = None
        self._connection: _Connection | None = None
        self.endpoint = endpoint
        self._timeout = timeout
        self._version = ""

    def get(self, path: str, *, auth_headers: Mapping[str, str] | None = None, **query: Any) -> Any:
        """Return what a path holds; a connection that the engine has closed meanwhile is opened again."""
        try:
            return self._ask("GET", path, query, None, auth_headers)
        except Unreachable:
            self._version = ""
            return self._ask("GET", path, query, None, auth_headers)

    def post(self, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, **query: Any) -> Any:
        return self._ask("POST", path, query, body, headers)

    def delete(self, path: str) -> None:
        self._ask("DELETE", path, {})

    def stream(self, path: str, **query: Any) -> Iterator[bytes]:
        """Yield pieces of an answer that may have no end, on a connection of its own."""
        with contextlib.closing(Line(self.endpoint, timeout=None)) as line:
            connection = _Connection(line)
            response = self._send(connection, line, "GET", path, query)
            while piece := response.read1(65536):
                yield piece

    def check_manager(self) -> None:
        """Raise `NoManager` when the engine cannot change a swarm."""
        swarm = self.get("/info").get("Swarm") or {}
        if swarm.get("ControlAvailable"):
            return
        state = swarm.get("LocalNodeState") or "inactive"
        if state == "active":
            hint = "a worker cannot deploy: name a manager by DOCKER_HOST or --context"
        else:
            hint = "docker swarm init makes it one; DOCKER_HOST or --context may name another engine"
        raise NoManager(f"the engine at {self.endpoint.host} is not a swarm manager (swarm is {state})", hint=hint)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._line is not None:
            self._line.close()
        self._connection = self._line = None

    def __del__(self) -> None:
        # A command ends in many ways; whatever way that is, ssh must not stay behind.
        self.close()

    def _ask(
        self, method: str, path: str, query: Query, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        if self._connection is None or self._line is None:
            self._line = Line(self.endpoint, timeout=self._timeout)
            self._connection = _Connection(self._line)
        try:
            response = self._send(self._connection, self._line, method, path, query, body, headers)
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._broken(error) from error
        if response.will_close:
            self.close()
        return json.loads(content) if content.strip() else None

    def _send(
        self,
        connection: _Connection,
        line: Line,
        method: str,
        path: str,
        query: Query,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        try:
            if not self._version:
                self._version = _agreed(self._exchange(connection, "GET", "/_ping"))
            text = f"{self._version}{path}" + (f"?{urlencode(_filters(query))}" if query else "")
            response = self._exchange(connection, method, text, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise self._broken(error, line) from error
        if response.status < 400:
            return response
        raise _refused(response.status, response.read(), self.endpoint)

    @staticmethod
    def _exchange(
        connection: _Connection, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        data = None if body is None else json.dumps(body).encode()
        given = {
            "Host": "docker",
            **({"Content-Type": "application/json"} if data is not None else {}),
            **(headers or {}),
        }
        connection.request(method, path, data, given)
        response = connection.getresponse()
        if path == "/_ping":
            response.read()
        return response

    def _broken(self, error: Exception, line: Line | None = None) -> Unreachable:
        line = line or self._line
        complaint = line.complaint() if line is not None else ""
        self.close()
        if isinstance(error, (TimeoutError, socket.timeout)):
            return unreachable(self.endpoint, f"it did not answer within {self._timeout:.0f} seconds")
        if complaint:
            return unreachable(self.endpoint, complaint)
        if isinstance(error, http.client.HTTPException):
            return unreachable(self.endpoint, "it closed the connection")
        return unreachable(self.endpoint, (getattr(error, "strerror", None) or str(error)).lower())


def quoted(part: str) -> str:
    """Return an identifier or a name as one part of a path."""
    return quote(part, safe="")


def _filters(query: Query) -> Json:
    """Return a query as text: filters are JSON, flags are true or false."""
    plain = {}
    for name, value in query.items():
        if isinstance(value, bool):
            plain[name] = "true" if value else "false"
        else:
            plain[name] = json.dumps(value) if isinstance(value, dict) else value
    return plain


def _agreed(response: http.client.HTTPResponse) -> str:
    """Return the start of every path: the newest version that both sides know."""
    text = response.getheader("Api-Version") or ".".join(map(str, _NEWEST))
    try:
        theirs = tuple(int(part) for part in text.split("."))
    except ValueError:
        raise ComposekitError(f"what answers is no engine: it speaks version '{text[:20]}'") from None
    if theirs < _OLDEST:
        needed = ".".join(map(str, _OLDEST))
        raise ComposekitError(f"the engine is too old: it speaks version {text} of the API, {needed} is needed")
    return "/v" + ".".join(map(str, min(theirs, _NEWEST)))


def _refused(status: int, content: bytes, endpoint: Endpoint) -> ComposekitError:
    try:
        said = json.loads(content)
        message = str(said["message"]) if isinstance(said, dict) else str(said)
    except (ValueError, KeyError):
        message = content.decode(errors="replace")
    message = " ".join(message.removeprefix("rpc error: ").split()).rstrip(".")
    if message.startswith("code = ") and " desc = " in message:
        message = message.partition(" desc = ")[2]
    if status == 503 and "swarm manager" in message:
        hint = "docker swarm init makes it one; DOCKER_HOST or --context may name another engine"
        return NoManager(f"the engine at {endpoint.host} is not a swarm manager", hint=hint)
    return EngineError(message or f"the engine answered {status}", status=status)
