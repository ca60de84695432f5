# Stage 1: the locked packages and the wheel, in an environment that moves over as it is.
FROM python:3.13-slim-trixie AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

WORKDIR /src
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv /build \
    && /build/bin/python -m pip install --require-hashes --only-binary :all: -r requirements/build.txt \
    && python -m venv /slamon \
    && /slamon/bin/python -m pip install --require-hashes --only-binary :all: -r requirements/runtime.txt

COPY pyproject.toml README.md LICENSE ./
COPY slamon slamon
COPY alembic alembic
COPY sla_definitions sla_definitions
RUN /build/bin/python -m hatchling build -t wheel \
    && /slamon/bin/python -m pip install --no-deps --no-index dist/*.whl \
    && /slamon/bin/python -m pip uninstall --yes pip

# Stage 2: no compiler, no pip, no root.
FROM python:3.13-slim-trixie

COPY --from=build /slamon /slamon
ENV PATH="/slamon/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2

# The workspace (slamon.yaml, sla_definitions, a SQLite database) is mounted here; the user's number is fixed so that volumes can be owned by it.
RUN install -d -o 10001 -g 10001 /workspace
WORKDIR /workspace
USER 10001:10001

HEALTHCHECK --interval=60s --timeout=30s --start-period=60s --retries=3 CMD ["slamon", "doctor", "--local", "--quiet"]
ENTRYPOINT ["slamon"]
CMD ["run"]
