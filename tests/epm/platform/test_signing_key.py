"""The key that signs tokens: one for all processes, readable by its owner alone."""

import stat
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from epm.platform.environment import Environment
from epm.platform.signing_key import is_rsa_key, signing_key


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def test_is_made_once_and_kept_from_others(tmp_path):
    made = signing_key("", folder=tmp_path / "new")

    file = tmp_path / "new" / "jwt.key"
    assert is_rsa_key(made)
    assert signing_key("", folder=tmp_path / "new") == made == file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["jwt.key"]


def test_is_the_same_for_all_who_make_it_at_once(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _number: signing_key("", folder=tmp_path), range(4)))

    assert len(set(made)) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["jwt.key"]


def test_that_is_given_is_taken_and_nothing_is_written(tmp_path):
    assert signing_key("given", folder=tmp_path) == "given"
    assert list(tmp_path.iterdir()) == []


class TestTheSetting:
    def read(self, said):
        environment = Environment({"EPM_JWT_PRIVATE_KEY": said})
        return environment.private_key("EPM_JWT_PRIVATE_KEY"), environment.mistakes

    def test_takes_pem_with_written_line_ends(self):
        key = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))

        assert self.read(key.replace("\n", "\\n")) == (key, [])
        assert self.read("") == ("", [])

    def test_refuses_what_is_no_strong_rsa_key_and_does_not_repeat_it(self):
        weak = pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))
        other = pem(ec.generate_private_key(ec.SECP256R1()))

        for said in ("secret words", weak, other):
            ((mistake,),) = (self.read(said)[1],)
            assert mistake == (
                "EPM_JWT_PRIVATE_KEY must be an RSA private key of 2048 bits or more, in PEM."
            )


def test_roles_and_sealing_keys_are_checked_at_start():
    environment = Environment({
        "EPM_MFA_REQUIRED": "director, boss", "EPM_MFA_KEY": f"{'a' * 32},short",
    })  # fmt: skip

    environment.among("EPM_MFA_REQUIRED", ("director", "manager"))
    environment.secrets("EPM_MFA_KEY", at_least=32)

    assert environment.mistakes == [
        "EPM_MFA_REQUIRED='boss' must be among: director, manager.",
        "EPM_MFA_KEY is too short: give 32 random characters each.",
    ]
