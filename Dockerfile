# Small, and nobody's root: what it takes to build stays behind.
FROM python:3.12-slim AS build
RUN pip install --no-cache-dir 'uv>=0.5'
WORKDIR /build
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY src src
COPY connectors connectors
COPY mappings mappings
# The lock also has what is needed for development: as constraints it pins, with hashes, only what is installed.
RUN uv venv --python python3 /opt/pmsync \
    && uv pip install --python /opt/pmsync/bin/python --no-cache -c requirements.lock -b requirements.lock .

FROM python:3.12-slim
RUN useradd --uid 10001 --home-dir /srv/pmsync --create-home --shell /usr/sbin/nologin pmsync \
    && install -d -o pmsync -g pmsync -m 0700 /srv/pmsync/audit
COPY --from=build /opt/pmsync /opt/pmsync
ENV PATH=/opt/pmsync/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /srv/pmsync
# The config is mounted to /srv/pmsync/config.yaml; a state in a file, and the audit log, want volumes.
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["pmsync"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
