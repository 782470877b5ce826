"""The site's key: made once, for its owner only, and understood by any RSA tool."""

import hashlib
import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from workflows.bundles.bag import Manifests
from workflows.bundles.seal import SealKeyError, SealScope, load_or_create_key, sign_seal
from workflows.bundles.verify import canonical


def test_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "keys" / "seal.pem"
    key = load_or_create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key(path).fingerprint == key.fingerprint
    assert [file.name for file in path.parent.iterdir()] == ["seal.pem"]


def test_first_calls_at_once_agree_on_one_key(tmp_path):
    path = tmp_path / "seal.pem"
    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(load_or_create_key, [path] * 4))
    assert len({key.fingerprint for key in keys}) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["seal.pem"]


def test_key_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "seal.pem"
    load_or_create_key(path)
    path.chmod(0o640)
    with pytest.raises(SealKeyError, match="read by others"):
        load_or_create_key(path)


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    ],
    ids=["empty", "broken", "not RSA", "too short"],
)
def test_file_that_holds_no_such_key_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "seal.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SealKeyError):
        load_or_create_key(path)
    assert path.read_bytes() == content


def test_signature_and_fingerprint_are_those_of_any_rsa_tool(draft):
    text = sign_seal(
        Manifests(bag="x", digests={}),
        key=draft.key,
        installation="contoh",
        scope=SealScope("r", "a", 2024),
        log=draft.head,
        ordered_at=draft.ordered_at,
        release="0",
    )
    seal = json.loads(text)
    signature = bytes.fromhex(seal.pop("signature"))
    public = draft.key.private.public_key()
    public.verify(signature, canonical(seal), padding.PKCS1v15(), hashes.SHA256())
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert hashlib.sha256(der).hexdigest() == seal["fingerprint"] == draft.key.fingerprint
