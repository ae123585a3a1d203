"""Whether the web process of this container answers: ends with 0 when it does, with 1 when it does not."""

import http.client
import os
import sys
from urllib.parse import urlsplit

SECONDS = 5

if __name__ == "__main__":
    place, port = os.environ.get("WEB_HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8000)
    web = http.client.HTTPConnection(place, port, timeout=SECONDS)
    # As the proxy asks: other hosts are refused.
    host = urlsplit(os.environ.get("SITE_URL", "")).netloc or "localhost"
    try:
        web.request("GET", "/healthz", headers={"Host": host})
        sys.exit(web.getresponse().status >= http.client.BAD_REQUEST)
    except (OSError, http.client.HTTPException):
        sys.exit(1)
