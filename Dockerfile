# One image for every part of a site; what a container does is its command (compose.yaml has them all). It runs as an
# ordinary user with a read-only root: /data (DATA_DIR) and /tmp are all that is written to.
#
# docs/running.md says how to pin the base by its digest.
ARG PYTHON_IMAGE=docker.io/library/python:3.13.9-slim-trixie

FROM ${PYTHON_IMAGE} AS packages
COPY packaging/requirements.lock /tmp/requirements.lock
RUN python3 -m venv /opt/packages \
 && /opt/packages/bin/python -m pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes \
    --requirement /tmp/requirements.lock \
 && /opt/packages/bin/python -m pip uninstall --yes pip

FROM packages AS code
WORKDIR /srv/unroller
COPY manage.py ./
COPY accounts accounts
COPY billing billing
COPY templates templates
COPY unroller unroller
# Settings that nothing is kept of: the servers are never asked, the key never signs anything.
RUN ENV_FILE="" SECRET_KEY=none DATABASE_URL=postgresql://none/none REDIS_URL=redis://none STATIC_ROOT=/srv/static \
    /opt/packages/bin/python manage.py collectstatic --noinput --verbosity=0 \
 && /opt/packages/bin/python -m compileall -q . \
 && chmod --recursive a+rX /srv

FROM ${PYTHON_IMAGE} AS running
RUN groupadd --gid 10001 unroller \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin unroller \
 && install --directory --owner=unroller --group=unroller --mode=0750 /data
COPY --from=packages /opt/packages /opt/packages
COPY --from=code /srv /srv
COPY packaging/health.py /opt/health.py
ENV PATH="/opt/packages/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ENV_FILE="" \
    DATA_DIR=/data \
    STATIC_ROOT=/srv/static
WORKDIR /srv/unroller
USER 10001:10001
VOLUME /data
EXPOSE 8000
# Two processors that start all of a site at once take a minute until the first answer.
HEALTHCHECK --interval=10s --timeout=6s --start-period=3m --retries=3 CMD ["python", "/opt/health.py"]
CMD ["python", "-m", "unroller.serving", "--host=0.0.0.0"]
# At the end, so that releases with the same packages share their layer.
ARG VERSION=unreleased
LABEL org.opencontainers.image.title="Unroller" \
      org.opencontainers.image.description="Threads as pages: web, workers, clock and commands" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"

# `--target tools`: PostgreSQL's own programs besides, for `manage.py backup` and `restore`.
FROM running AS tools
USER root
COPY packaging/tools.lock /tmp/tools.lock
RUN python3 -m venv /tmp/pip \
 && /tmp/pip/bin/python -m pip --python /opt/packages/bin/python install --no-cache-dir --no-deps \
    --only-binary :all: --require-hashes --requirement /tmp/tools.lock \
 && rm -r /tmp/pip /tmp/tools.lock
USER 10001:10001
HEALTHCHECK NONE

# What is built when nothing else is said.
FROM running
