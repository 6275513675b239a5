# The site as one image. The web server is its command; the worker and what prepares a release are others: see compose.yaml.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /tmp/all.txt
# The tests' own packages stay out.
RUN sed '/^# Its tests/,$d' /tmp/all.txt > /tmp/site.txt \
 && python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes --requirement /tmp/site.txt

FROM python:3.11-slim-bookworm
# Leaflets need pango and a font. Debian keeps one version of each at a time, so these follow the base.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
    fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin site
COPY --from=packages /opt/venv /opt/venv
WORKDIR /site
COPY . .
# Only kept pages and static files are ever written, and both may be volumes, so the file system may be read-only. HOME is
# for the caches of fonts.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/site/var HOME=/tmp BIND=0.0.0.0 PORT=8000
RUN python -m compileall -q /site /opt/venv/lib && python manage.py collectstatic --verbosity 0 --noinput \
 && mkdir -p var/pages && chown -R site var/pages var/static
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "import http.client, os; site = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); site.request('GET', '/healthz', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0].strip(' .')}); raise SystemExit(site.getresponse().status != 200)"]
CMD ["python", "manage.py", "serve", "--only", "web"]
