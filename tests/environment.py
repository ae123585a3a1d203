"""A pytest plugin that is loaded before anything reads the settings: own servers, own database, own data folder.

Every test process takes a slot of its own, so that parallel workers, and two runs at once, do not meet.
"""

import fcntl
import os
import re
import shutil
from pathlib import Path

from unroller import embedded

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".data" / "test"
SLOTS = 16
"""As many as Redis has databases."""


def take_slot() -> int:
    """The first slot that no living process holds, ours until this process ends. Raises RuntimeError when all are
    taken."""
    DATA.mkdir(parents=True, exist_ok=True)
    for slot in range(SLOTS):
        lock = os.open(DATA / f"slot-{slot}.lock", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return slot
    raise RuntimeError(f"{SLOTS} test processes are running already")


SLOT = take_slot()
_servers = embedded.ensure(DATA)
_folder = DATA / f"slot-{SLOT}"
shutil.rmtree(_folder, ignore_errors=True)
os.environ |= {
    "ENV_FILE": "",
    "DATA_DIR": str(_folder),
    "DATABASE_URL": re.sub(r"/[^/]*$", f"/slot{SLOT}", _servers.database_url),
    "REDIS_URL": re.sub(r"/\d+$", f"/{SLOT}", _servers.redis_url),
    "SECRET_KEY": "only for tests",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}
HIDDEN = (
    *("X_BEARER_TOKEN", "X_CLIENT_ID", "X_CLIENT_SECRET", "X_AUTHORIZE_URL", "EMAIL_URL", "MAIL_WEBHOOK_SECRET"),
    *("STORAGE_URL", "STORAGE_ALLOW_HOSTS"),
    *("SITE_URL", "DEBUG", "FETCH_ALLOW_HOSTS", "WEBHOOK_ALLOW_HOSTS", "UNROLLS_AN_HOUR", "ADMINS", "BILLING_ENABLED"),
    *("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS", "STRIPE_API_URL", "STRIPE_AUTOMATIC_TAX", "PAYPAL_DONATE_URL"),
    *("SENTRY_DSN", "METRICS_TOKEN", "LOG_FORMAT"),
    *("PATREON_URL", "PATREON_API_URL", "PATREON_AUTHORIZE_URL", "PATREON_CLIENT_ID", "PATREON_CLIENT_SECRET"),
    *("PATREON_CREATOR_TOKEN", "PATREON_CAMPAIGN_ID", "PATREON_WEBHOOK_SECRET", "PATREON_LEAST_CENTS"),
)
"""What a developer may have set for their own site, and no test must use."""
for _name in HIDDEN:
    os.environ.pop(_name, None)
