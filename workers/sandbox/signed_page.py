"""A signed page made on the spot, so that the checker has been through the validation of a signature before a child."""

from __future__ import annotations

import datetime as dt
import io

from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from workflows.evidence.checks.trust_list import Root, TrustList

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tuntas")])


def sign(page: bytes) -> tuple[bytes, TrustList]:
    """The page with a signature and a later revision, and the list that trusts it. The key is thrown away."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(True, True, False, False, False, True, True, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate = asn1.Certificate.load(made.public_bytes(serialization.Encoding.DER))
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner(
        signing_cert=certificate,
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )
    for field in ("Pertama", "Kedua"):
        signed = signers.sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(page)), signers.PdfSignatureMetadata(field_name=field), signer=signer
        )
        page = signed.getvalue()
    root = Root("Tuntas", certificate, certificate.not_valid_before, certificate.not_valid_after)
    return page, TrustList("1", (root,))
