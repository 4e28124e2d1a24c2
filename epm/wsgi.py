"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from epm.embedded import provide

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "epm.settings")
provide(os.environ)

application = get_wsgi_application()
