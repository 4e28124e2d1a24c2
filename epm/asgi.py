"""What an ASGI server serves."""

import os

from django.core.asgi import get_asgi_application

from epm.embedded import provide

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "epm.settings")
provide(os.environ)

application = get_asgi_application()
