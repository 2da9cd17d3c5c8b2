# composekit as a tool: docker run --rm -v "$PWD:/project" composekit lint .
# For lint, fmt, config and convert; `up` starts programs of the machine it runs on, so it belongs on that machine.
FROM python:3.14-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY composekit composekit
COPY schemas schemas
COPY grammar grammar
RUN python -m venv /opt/composekit && /opt/composekit/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.14-slim
# --since asks git.
RUN apt-get update && apt-get install --yes --no-install-recommends git && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory '*'
COPY --from=build /opt/composekit /opt/composekit
ENV PATH=/opt/composekit/bin:$PATH
USER 65534:65534
WORKDIR /project
ENTRYPOINT ["composekit"]
CMD ["lint", "."]
