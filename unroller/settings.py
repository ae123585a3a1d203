"""All settings, read from the environment (docs/settings.md says what each one means)."""

import contextlib
import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from unroller import embedded, env

BASE_DIR = env.BASE_DIR
DATA_DIR = Path(env.text("DATA_DIR", ".data"))
DATA_DIR = DATA_DIR if DATA_DIR.is_absolute() else BASE_DIR / DATA_DIR
env.use_sandbox(DATA_DIR)


def _kept_secret() -> str:
    """A secret made once and kept in the data folder, for an install that names none."""
    path, draft = DATA_DIR / "secret-key", DATA_DIR / f"secret-key.{os.getpid()}"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)  # whole or not at all, whoever comes first
        draft.unlink()
    return path.read_text()


# The site
DEBUG = env.flag("DEBUG", default=False)
SITE_NAME = env.text("SITE_NAME", "Unroller")
SITE_URL = env.address("SITE_URL", "http://localhost:8000")
ALLOWED_HOSTS = list(env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"))
SECRET_KEY = env.text("SECRET_KEY") or _kept_secret()
TRUSTED_PROXIES = env.address_ranges("TRUSTED_PROXIES")
CONTACT_EMAIL = env.text("CONTACT_EMAIL")
FOLLOW_US_URL = env.address("FOLLOW_US_URL")
BILLING_ENABLED = env.flag("BILLING_ENABLED", default=False)

# PostgreSQL and Redis; without an address each comes out of its wheel
DATABASE_URL = env.text("DATABASE_URL")
REDIS_URL = env.text("REDIS_URL")
if not (DATABASE_URL and REDIS_URL):
    _servers = embedded.ensure(DATA_DIR)
    DATABASE_URL = DATABASE_URL or _servers.database_url
    REDIS_URL = REDIS_URL or _servers.redis_url

DATABASES = {"default": env.database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_TIMEOUT = 1.5
"""Seconds to wait for Redis in a request; a page must not hang because a cache does."""

# The networks
X_API_URL = env.address("X_API_URL", "https://api.x.com")
X_BEARER_TOKEN = env.text("X_BEARER_TOKEN")
X_FULL_ARCHIVE = env.flag("X_FULL_ARCHIVE", default=True)
X_NARROW_SEARCH = env.flag("X_NARROW_SEARCH", default=False)
X_DIALECT = env.choice("X_DIALECT", "legacy", ("legacy", "new"))
X_DAILY_BUDGET = env.integer("X_DAILY_BUDGET", 20_000)
BLUESKY_APPVIEW_URL = env.address("BLUESKY_APPVIEW_URL", "https://public.api.bsky.app")
BLUESKY_PLC_URL = env.address("BLUESKY_PLC_URL", "https://plc.directory")
FETCH_ALLOW_HOSTS = frozenset(env.names("FETCH_ALLOW_HOSTS")) | {
    urlsplit(address).netloc
    for address in (X_API_URL, BLUESKY_APPVIEW_URL, BLUESKY_PLC_URL)
    if address.startswith("http://")
}
"""An operator who points a network at plain http means it; a reader's link never gets that far."""
MEDIA_HOSTS = frozenset(env.names("MEDIA_HOSTS"))
"""Hosts pictures may come from; empty for all public ones, since every Mastodon server has its own."""
MEDIA_CACHE_MEGABYTES = env.integer("MEDIA_CACHE_MEGABYTES", 2_000)
USER_AGENT = f"{SITE_NAME}/1.0 (+{SITE_URL}{f'; {CONTACT_EMAIL}' if CONTACT_EMAIL else ''})"

# What visitors may do
UNROLLS_AN_HOUR = env.integer("UNROLLS_AN_HOUR", 20, least=1)

# Django
ROOT_URLCONF = "unroller.urls"
WSGI_APPLICATION = "unroller.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
INSTALLED_APPS = [
    "unroller.apps.UnrollerConfig",
    "billing",
    "accounts",
    "django_htmx",
    "csp",
    "whitenoise.runserver_nostatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "unroller.views.context.site",
            ],
            "builtins": ["unroller.templatetags.threads", "django.templatetags.static"],
        },
    }
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# Security. Cookies and redirects follow the scheme of SITE_URL.
_secure = urlsplit(SITE_URL).scheme == "https"
SECURE_SSL_REDIRECT = _secure
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
"""What other names of the domain do is not for one site of it to decide."""
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "media-src": ["'self'", "https:", *(f"http://{host}" for host in sorted(FETCH_ALLOW_HOSTS))],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# What workers do is set in unroller/celery.py.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
    "root": {
        "handlers": ["stdout"],
        "level": env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}
