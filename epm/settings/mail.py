"""The server that takes our mail."""

from typing import Any, Final

import environ

from epm.platform.environment import Environment

NAME: Final = "EPM_MAIL_URL"
SCHEMES: Final = ("smtp://", "smtp+tls://", "smtp+ssl://")


def mail_server(env: Environment) -> dict[str, Any]:
    """Django's settings of EPM_MAIL_URL; none where it is not set."""
    url = env.text(NAME, "")
    if not url:
        return {}
    try:
        found: dict[str, Any] = environ.Env.email_url_config(url)
    except ValueError:  # a port that is no number
        found = {}
    if not url.startswith(SCHEMES) or not found.get("EMAIL_HOST"):
        # The URL holds a password: it is not repeated here.
        env.mistakes.append(f"{NAME} must look like smtp+tls://USER:PASSWORD@HOST:587.")
        return {}
    return found
