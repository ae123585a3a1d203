"""All settings, read from the environment (docs/settings.md says what each one means)."""

from datetime import timedelta
from email.utils import formataddr
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from accounts.sign_in_settings import *  # noqa: F403  (Django reads them from here)
from billing import keys
from unroller import embedded, env, file_store, logs

BASE_DIR = env.BASE_DIR
DATA_DIR = Path(env.text("DATA_DIR", ".data"))
DATA_DIR = DATA_DIR if DATA_DIR.is_absolute() else BASE_DIR / DATA_DIR
env.use_sandbox(DATA_DIR)

# The site
DEBUG = env.flag("DEBUG", default=False)
SITE_NAME = env.text("SITE_NAME", "Unroller")
SITE_URL = env.address("SITE_URL", "http://localhost:8000")
ALLOWED_HOSTS = list(env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"))
SECRET_KEY = env.text("SECRET_KEY") or env.kept_secret(DATA_DIR)
TRUSTED_PROXIES = env.address_ranges("TRUSTED_PROXIES")
CONTACT_EMAIL = env.text("CONTACT_EMAIL")
OPERATOR = env.text("OPERATOR")
"""Who runs the site and is answerable for it, with an address: for the pages about terms and privacy."""
STORY = env.text("STORY")
SUB_PROCESSORS = env.names("SUB_PROCESSORS")
"""Companies that handle readers' data beside those that follow from other settings: `Name (what, where)`."""
FOLLOW_US_URL = env.address("FOLLOW_US_URL")
ADMINS = [("", address) for address in env.names("ADMINS")]
"""Who is told by mail when money needs a person."""

# PostgreSQL and Redis; without an address each comes out of its wheel
DATABASE_URL = env.text("DATABASE_URL")
REDIS_URL = env.text("REDIS_URL")
if not (DATABASE_URL and REDIS_URL):
    _servers = embedded.ensure(DATA_DIR)
    DATABASE_URL = DATABASE_URL or _servers.database_url
    REDIS_URL = REDIS_URL or _servers.redis_url

DATABASES = {"default": env.database("DATABASE_URL", DATABASE_URL)}
if DATABASE_REPLICA_URL := env.text("DATABASE_REPLICA_URL"):
    DATABASES["replica"] = env.database("DATABASE_REPLICA_URL", DATABASE_REPLICA_URL)
    DATABASE_ROUTERS = ["unroller.replica.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_TIMEOUT = 1.5
"""Seconds to wait for Redis in a request; a page must not hang because a cache does."""

# Mail: through a server, a provider's API, or into files (docs/mail.md)
_mail = env.mail_server("EMAIL_URL")
EMAIL_BACKEND = _mail.backend
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.host, _mail.port, _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.starttls, _mail.tls
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_SUBJECT_PREFIX = ""
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.sender("DEFAULT_FROM_EMAIL") or formataddr(
    (SITE_NAME, CONTACT_EMAIL or f"unroller@{urlsplit(SITE_URL).hostname}")
)
KINDLE_FROM = env.sender("KINDLE_FROM") or DEFAULT_FROM_EMAIL
"""Who books come from; Amazon delivers only what comes from an address that the reader approved there."""
MAIL_WEBHOOK_SECRET = env.text("MAIL_WEBHOOK_SECRET")
MAIL_WEBHOOK_SIGNING_KEY = env.text("MAIL_WEBHOOK_SIGNING_KEY")
ANYMAIL = {**_mail.anymail, "REQUESTS_TIMEOUT": EMAIL_TIMEOUT}

# The networks
X_API_URL = env.address("X_API_URL", "https://api.x.com")
X_BEARER_TOKEN = env.text("X_BEARER_TOKEN")
X_FULL_ARCHIVE = env.flag("X_FULL_ARCHIVE", default=True)
X_NARROW_SEARCH = env.flag("X_NARROW_SEARCH", default=False)
X_DIALECT = env.choice("X_DIALECT", "legacy", ("legacy", "new"))
X_DAILY_BUDGET = env.integer("X_DAILY_BUDGET", 20_000)
X_AUTHORIZE_URL = env.address("X_AUTHORIZE_URL", "https://x.com/i/oauth2/authorize")
X_CLIENT_ID = env.text("X_CLIENT_ID")
X_CLIENT_SECRET = env.text("X_CLIENT_SECRET")
X_BOT_HANDLE = env.text("X_BOT_HANDLE").removeprefix("@")
X_BOT_REFRESH_TOKEN = env.text("X_BOT_REFRESH_TOKEN")
"""The first one: X gives a new one with every use, and the newest is kept in the database."""
BLUESKY_APPVIEW_URL = env.address("BLUESKY_APPVIEW_URL", "https://public.api.bsky.app")
BLUESKY_PLC_URL = env.address("BLUESKY_PLC_URL", "https://plc.directory")
BLUESKY_JETSTREAM_URL = env.stream("BLUESKY_JETSTREAM_URL", "wss://jetstream2.us-east.bsky.network/subscribe")
BLUESKY_BOT_HANDLE = env.text("BLUESKY_BOT_HANDLE").removeprefix("@")
BLUESKY_BOT_PASSWORD = env.text("BLUESKY_BOT_PASSWORD")
BLUESKY_BOT_PDS_URL = env.address("BLUESKY_BOT_PDS_URL", "https://bsky.social")
MASTODON_BOT_URL = env.address("MASTODON_BOT_URL")
MASTODON_BOT_TOKEN = env.text("MASTODON_BOT_TOKEN")
READWISE_API_URL = env.address("READWISE_API_URL", "https://readwise.io")
FETCH_ALLOW_HOSTS = frozenset(env.names("FETCH_ALLOW_HOSTS")) | {
    urlsplit(address).netloc
    for address in (
        X_API_URL,
        BLUESKY_APPVIEW_URL,
        BLUESKY_PLC_URL,
        BLUESKY_JETSTREAM_URL,
        BLUESKY_BOT_PDS_URL,
        MASTODON_BOT_URL,
        READWISE_API_URL,
    )
    if address.startswith(("http://", "ws://"))
}
"""An operator who points a network at plain http means it; a reader's link never gets that far."""
WEBHOOK_ALLOW_HOSTS, MEDIA_HOSTS = frozenset(env.names("WEBHOOK_ALLOW_HOSTS")), frozenset(env.names("MEDIA_HOSTS"))
"""Hosts pictures may come from; empty for all public ones, since every Mastodon server has its own."""
MEDIA_CACHE_MEGABYTES = env.integer("MEDIA_CACHE_MEGABYTES", 2_000)
USER_AGENT = f"{SITE_NAME}/1.0 (+{SITE_URL}{f'; {CONTACT_EMAIL}' if CONTACT_EMAIL else ''})"

# Money: Stripe and Patreon, explained in docs/billing.md
STRIPE_API_URL = env.address("STRIPE_API_URL", keys.STRIPE)
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
if refusal := keys.refusal(STRIPE_SECRET_KEY, STRIPE_API_URL):
    raise ImproperlyConfigured(refusal)
STRIPE_WEBHOOK_SECRETS = env.names("STRIPE_WEBHOOK_SECRETS")
STRIPE_AUTOMATIC_TAX = env.flag("STRIPE_AUTOMATIC_TAX", default=False)
BILLING_ENABLED = env.flag("BILLING_ENABLED", default=bool(STRIPE_SECRET_KEY))
PAYPAL_DONATE_URL = env.address("PAYPAL_DONATE_URL")
PATREON_URL = env.address("PATREON_URL")
PATREON_API_URL = env.address("PATREON_API_URL", "https://www.patreon.com")
PATREON_AUTHORIZE_URL = env.address("PATREON_AUTHORIZE_URL", "https://www.patreon.com/oauth2/authorize")
PATREON_CLIENT_ID = env.text("PATREON_CLIENT_ID")
PATREON_CLIENT_SECRET = env.text("PATREON_CLIENT_SECRET")
PATREON_CREATOR_TOKEN = env.text("PATREON_CREATOR_TOKEN")
PATREON_CAMPAIGN_ID = env.text("PATREON_CAMPAIGN_ID")
PATREON_WEBHOOK_SECRET = env.text("PATREON_WEBHOOK_SECRET")
PATREON_LEAST_CENTS = env.integer("PATREON_LEAST_CENTS", 300, least=1)
"""What a patron must be entitled to, a month, to have premium here."""

# Following
FOLLOW_QUIET_SECONDS = env.integer("FOLLOW_QUIET_SECONDS", 600, least=1)
"""A chain of posts that did not grow for so long is taken for finished."""

# What people of X bring of their own posts
ARCHIVE_MEGABYTES = env.integer("ARCHIVE_MEGABYTES", 5_000, least=1)

# What visitors may do
UNROLLS_AN_HOUR = env.integer("UNROLLS_AN_HOUR", 0, least=1) if env.text("UNROLLS_AN_HOUR") else None
"""One limit for everybody in the place of those of the plans."""

# Django
ROOT_URLCONF = "unroller.urls"
WSGI_APPLICATION = "unroller.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
INSTALLED_APPS = [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "unroller.apps.UnrollerConfig",
    "billing.apps.BillingConfig",
    "accounts",
    "accounts.x",
    "anymail",
    "django_htmx",
    "csp",
    "whitenoise.runserver_nostatic",
    "accounts.admin_config.GuardedAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "unroller.views.numbering.Numbered",
    "unroller.views.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "unroller.views.preferences.Preferences",
    "unroller.views.banned.Banned",
    "unroller.views.errors.ForFormsOnly",
    "unroller.views.errors.FilesAway",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
CACHES = {
    "default": {
        "BACKEND": "accounts.cache.ForgivingCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        # Version 1 were pickles. During an update the release before goes on to read and write those; neither of both
        # could read what the other wrote, so they do not see it.
        "VERSION": 2,
        # Sign-in counts attempts here. With Redis away it goes on without counting, as accounts/limits.py does.
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",  # whoever may write to Redis runs no code
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": REDIS_TIMEOUT,
            "SOCKET_TIMEOUT": REDIS_TIMEOUT,
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

# Signing in: what allauth is told stands beside the code that serves it
_x_app = {"client_id": X_CLIENT_ID, "secret": X_CLIENT_SECRET}
SOCIALACCOUNT_PROVIDERS = {"x": {"APPS": [_x_app] if X_CLIENT_ID else []}}

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
STATIC_ROOT = Path(env.text("STATIC_ROOT") or DATA_DIR / "static").resolve()  # a link may lead elsewhere tomorrow
STORAGE_ALLOW_HOSTS = frozenset(env.names("STORAGE_ALLOW_HOSTS"))
STORAGES = {
    "default": file_store.read("STORAGE_URL", folder=DATA_DIR / "files", plain_hosts=STORAGE_ALLOW_HOSTS),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# Security. Cookies and redirects follow the scheme of SITE_URL.
_secure = urlsplit(SITE_URL).scheme == "https"
SECURE_SSL_REDIRECT = _secure
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]  # asked from within, past the proxy that speaks TLS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = (
    ("__Host-sessionid", "__Host-csrftoken") if _secure else ("sessionid", "csrftoken")
)
"""With the prefix no other name of the domain, and nobody on plain http, can lay one into a browser."""
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
"""What other names of the domain do is not for one site of it to decide."""
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "unroller.views.errors.stale_form"
_sign_in_origins = ["{0.scheme}://{0.netloc}".format(urlsplit(X_AUTHORIZE_URL))] if X_CLIENT_ID else []
_money_origins = ["https://checkout.stripe.com", "https://billing.stripe.com"] if STRIPE_SECRET_KEY else []
if STRIPE_SECRET_KEY and keys.is_loopback(STRIPE_API_URL):
    _money_origins += ["http://127.0.0.1:*", "http://localhost:*"]
"""Buttons that sign in with X, pay or manage are forms that redirect there, and browsers hold redirects against
`form-action`."""
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
        "form-action": ["'self'", *_sign_in_origins, *_money_origins],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# What workers do is set in unroller/celery.py.
SENTRY_DSN = env.report_address("SENTRY_DSN")
METRICS_TOKEN = env.text("METRICS_TOKEN")
LOGGING = logs.configuration(
    env.choice("LOG_FORMAT", "line", ("line", "json")),
    env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
)
