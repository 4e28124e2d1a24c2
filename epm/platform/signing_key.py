"""The private key that signs tokens: given in EPM_JWT_PRIVATE_KEY, else made once and kept."""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Final

BITS: Final = 2048


def signing_key(given: str, *, folder: Path) -> str:
    """The key in PEM. Processes that make it at once all end up with the first one's."""
    if given:
        return given
    file = folder / "jwt.key"
    with contextlib.suppress(FileNotFoundError):
        return file.read_text(encoding="ascii")
    folder.mkdir(parents=True, exist_ok=True)
    # Whole before it has its name, and a name is given once: nobody reads half a key.
    descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".jwt.key.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as new:
            new.write(_fresh())
            new.flush()
            os.fsync(new.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink()
    return file.read_text(encoding="ascii")


def is_rsa_key(pem: str) -> bool:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - slow, seldom asked
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        return False
    return isinstance(key, rsa.RSAPrivateKey) and key.key_size >= BITS


def _fresh() -> str:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
