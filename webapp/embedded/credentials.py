"""The engines' passwords, keys and certificates: made at the first start, kept in 0600 files only."""

import dataclasses
import datetime as dt
import ipaddress
import secrets
from dataclasses import dataclass
from pathlib import Path

from webapp.embedded.folder import Folder, private_folder, read_json, write_private, write_private_json


@dataclass(frozen=True, kw_only=True, repr=False)
class Credentials:
    """One random secret per purpose; no two places share one."""

    database_superuser: str
    database_owner: str
    database_web: str
    database_worker: str
    s3_access_key: str
    s3_secret_key: str
    s3_admin_access_key: str
    s3_admin_secret_key: str
    jwt_volume_write: str
    jwt_volume_read: str
    jwt_filer_write: str
    jwt_filer_read: str


def load_credentials(folder: Folder) -> Credentials:
    """Read them, making those that are not there yet."""
    path = folder.secrets / "engines.json"
    known = read_json(path)
    # URL-safe letters only: they stand in URLs and in TOML without quoting.
    values = {
        field.name: known.get(field.name) or secrets.token_urlsafe(32) for field in dataclasses.fields(Credentials)
    }
    if values != known:
        write_private_json(path, values)
    return Credentials(**values)


@dataclass(frozen=True, kw_only=True)
class CertificatePaths:
    authority: Path
    certificate: Path
    key: Path


def load_certificates(folder: Folder) -> CertificatePaths:
    """An authority and the one certificate it ever signs, used by SeaweedFS on both ends of every connection.

    The authority's key is dropped once it has signed: nobody, with whatever access, can add a second client.
    They last a century, as nothing but this folder trusts them and a new pair is one deleted folder away.
    """
    place = private_folder(folder.secrets / "seaweedfs")
    paths = CertificatePaths(authority=place / "authority.pem", certificate=place / "node.pem", key=place / "node.key")
    # The key is written last, so its presence means that the set is whole.
    if not paths.key.exists():
        _issue(paths)
    return paths


def _issue(paths: CertificatePaths) -> None:
    # Imported here: only the very first start needs it, and it takes a tenth of a second.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = dt.datetime.now(dt.UTC)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    node_key = ec.generate_private_key(ec.SECP256R1())

    def certificate(subject: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("tuntas engines"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=36_500))
        )

    authority = (
        certificate("tuntas engines", authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    node = (
        certificate("seaweedfs", node_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    write_private(paths.authority, authority.public_bytes(pem))
    write_private(paths.certificate, node.public_bytes(pem))
    write_private(
        paths.key,
        node_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
