"""A pytest plugin that is loaded before anything reads the settings: own servers, own database, own data folder."""

import os
import re
import shutil
from pathlib import Path

from unroller import embedded

ROOT = Path(__file__).resolve().parent.parent
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
"""Which of the parallel test processes this is."""

_servers = embedded.ensure(ROOT / ".data" / "test")
_data = ROOT / ".data" / "test" / WORKER
shutil.rmtree(_data, ignore_errors=True)
os.environ |= {
    "ENV_FILE": "",
    "DATA_DIR": str(_data),
    "DATABASE_URL": _servers.database_url,
    "REDIS_URL": re.sub(r"/\d+$", f"/{int(re.sub(r'[^0-9]', '', WORKER) or 0)}", _servers.redis_url),
    "SECRET_KEY": "only for tests",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}
for _name in ("X_BEARER_TOKEN", "SITE_URL", "DEBUG", "FETCH_ALLOW_HOSTS"):
    os.environ.pop(_name, None)
