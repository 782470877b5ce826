# One image for web, worker, beat, checker, preparation and the command line; docker-compose.yml says which runs what.
# The three embedded engines are left out: their servers have containers of their own.

FROM node:24-bookworm-slim AS assets
WORKDIR /source/webapp/assets
COPY webapp/assets ./
RUN npm ci && node build.mjs

FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore UV_NO_CACHE=1
WORKDIR /source
COPY requirements requirements
RUN pip install --require-hashes -r requirements/uv.txt \
 && uv venv /opt/tuntas \
 && uv pip install --python /opt/tuntas --compile-bytecode --require-hashes -r requirements/server.txt
COPY pyproject.toml README.md ./
COPY storage storage
COPY workflows workflows
COPY workers workers
COPY webapp webapp
# What builds the wheel is held to the hashes of the lock, too.
RUN uv build --wheel --out-dir /wheel --require-hashes --build-constraints requirements/dev.txt \
 && uv pip install --python /opt/tuntas --compile-bytecode --no-deps /wheel/*.whl
COPY --from=assets /source/webapp/static/dist /opt/tuntas/lib/python3.11/site-packages/webapp/static/dist

FROM python:3.11-slim-bookworm
# Read scans; draw papers as PDF.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends tesseract-ocr tesseract-ocr-ind \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 tuntas \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tuntas \
 # Empty volumes take owner and mode from here.
 && install --directory --owner=tuntas --group=tuntas --mode=0750 /run/tuntas \
 && install --directory --owner=tuntas --group=tuntas --mode=0700 /var/lib/tuntas/seal \
 # Of the user of SeaweedFS's image, for that variant.
 && install --directory --owner=1000 --group=1000 --mode=0700 /srv/seaweedfs
COPY --from=packages /opt/tuntas /opt/tuntas
WORKDIR /app
COPY deploy/*.py deploy/
ENV PATH=/opt/tuntas/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
CMD ["tuntas", "--help"]
