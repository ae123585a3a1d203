"""The site for a WSGI server: stored pages are answered, and floods are turned away, before Django wakes up."""

import os

from django.core.wsgi import get_wsgi_application

from unroller.gate import Gate
from unroller.pages import StoredPages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unroller.settings")

application = StoredPages(Gate(get_wsgi_application()))
