"""The site for a WSGI server: stored pages are answered, and floods are turned away, before Django wakes up."""

import os

from django.core.wsgi import get_wsgi_application

from unroller.bodies import Bodies
from unroller.gate import Gate
from unroller.pages import StoredPages
from unroller.proxied import Proxied
from unroller.serving import Leaving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unroller.settings")

application = Proxied(Leaving(StoredPages(Gate(Bodies(get_wsgi_application())))))
