"""What the database keeps of a second factor is of no use without a key outside it."""

import base64
from functools import lru_cache

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

logger = structlog.get_logger(__name__)


class Unreadable(Exception):
    """Sealed with a key that is no longer among EPM_MFA_KEY and SECRET_KEY."""


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text that was sealed, or Unreadable: never an empty secret that anyone could compute."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        logger.exception("second_factor_unreadable")
        raise Unreadable from error


def _box() -> MultiFernet:
    return _boxes(*settings.EPM_MFA_KEYS, settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _boxes(*keys: str) -> MultiFernet:
    return MultiFernet([_fernet(key) for key in keys])


def _fernet(key: str) -> Fernet:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"epm second factor")
    return Fernet(base64.urlsafe_b64encode(derive.derive(key.encode())))
