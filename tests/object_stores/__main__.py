"""`python -m tests.object_stores PORT`: an S3 service on loopback, without the many others that moto pretends to be."""

import sys

from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import run_simple

run_simple("127.0.0.1", int(sys.argv[1]), create_backend_app("s3"), threaded=True)
