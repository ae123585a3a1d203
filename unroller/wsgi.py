"""The site for a WSGI server: stored pages are answered before Django wakes up."""

import os

from django.core.wsgi import get_wsgi_application

from unroller.pages import StoredPages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unroller.settings")

application = StoredPages(get_wsgi_application())
