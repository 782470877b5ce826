"""A toy public key infrastructure in memory: made-up people, fixed dates, no network and no key that outlives a run.

The keys follow from the labels, so only what ECDSA draws at random tells two runs apart.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from asn1crypto import crl, ocsp, tsp, x509
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, KeyLabel, ServiceLabel
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from workflows.evidence.checks.trust_list import LIST, Root, TrustList

ALWAYS = ("2000-01-01", "2100-01-01")
PAST = ("2020-01-01", "2022-01-01")
REVOKED_ON = "2024-03-01"
LABEL = "toy"

# Name of the certificate: what it is called, who issued it, when it holds.
AUTHORITIES = {
    "root": ("Akar Mainan", "root", ALWAYS),
    "issuer": ("Penerbit Mainan", "root", ALWAYS),
    "old-issuer": ("Penerbit Mainan Lama", "root", PAST),
    "foreign-root": ("Akar Asing", "foreign-root", ALWAYS),
}
PEOPLE = {
    "sari": ("Sari Contohwati", "issuer", ALWAYS),
    "budi": ("Budi Misalnya", "issuer", ALWAYS),
    "tono": ("Tono Andaikan", "issuer", ALWAYS),
    "expired": ("Lina Kedaluwarsa", "issuer", PAST),
    "old": ("Wati Terdahulu", "old-issuer", PAST),
    "revoked": ("Joko Tercabut", "issuer", ALWAYS),
    "foreign": ("Rudi Asing", "foreign-root", ALWAYS),
    "numbered": ("Tini Umpama", "issuer", ALWAYS),
}
NUMBERS = {"numbered": "190303031930032003"}
"""The NIP that a certificate names."""
SERVICES = {
    "stamper": ("Cap Waktu Mainan", "root", ALWAYS, "time_stamping"),
    "answerer": ("Jawaban Mainan", "issuer", ALWAYS, "ocsp_signing"),
    "old-answerer": ("Jawaban Mainan Lama", "old-issuer", PAST, "ocsp_signing"),
}


def at(day: str) -> dt.datetime:
    """Noon of a day, UTC."""
    return dt.datetime.fromisoformat(day).replace(hour=12, tzinfo=dt.UTC)


class Pki:
    """Certificates, signers, time stamps and news of revocation, each at any moment."""

    def __init__(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            labels = (*AUTHORITIES, *PEOPLE, *SERVICES)
            for label in labels:
                (Path(folder) / f"{label}.pem").write_bytes(_key(label))
            config = CertomancerConfig(_config(labels), key_search_dir=folder)
        self._arch = config.get_pki_arch(ArchLabel(LABEL))

    def certificate(self, label: str) -> x509.Certificate:
        """The certificate of one holder."""
        return self._arch.get_cert(CertLabel(label))

    @property
    def trust(self) -> TrustList:
        """A list that trusts the toy root and not the foreign one."""
        root = self.certificate("root")
        return TrustList("mainan", (Root("Akar Mainan", root, root.not_valid_before, root.not_valid_after),))

    def write_trust(self, folder: Path) -> None:
        """The same list as an operator installs it."""
        certificate = self.certificate("root").dump()
        (folder / "akar.der").write_bytes(certificate)
        entry = {"file": "akar.der", "name": "Akar Mainan", "subject": "CN=Akar Mainan", "source": "pengujian"}
        entry |= {"valid_from": ALWAYS[0], "valid_to": ALWAYS[1], "added_on": "2026-01-01"}
        entry["sha256"] = sha256(certificate).hexdigest()
        (folder / LIST).write_text(json.dumps({"version": "mainan", "roots": [entry]}))

    def signer(self, label: str) -> SimpleSigner:
        """One person's key, with the chain that goes along in the signature."""
        store = SimpleCertificateStore()
        store.register_multiple(map(self._arch.get_cert, self._arch.get_chain(CertLabel(label))))
        key = self._arch.key_set.get_private_key(KeyLabel(label))
        return SimpleSigner(signing_cert=self.certificate(label), signing_key=key, cert_registry=store)

    def stamper(self, moment: dt.datetime) -> TimeStamper:
        """A time stamping authority whose clock stands still."""
        return _Stamper(self._arch.service_registry.summon_timestamper(ServiceLabel("stamper"), at_time=moment))

    def time_stamp(self, query: bytes, moment: dt.datetime) -> bytes:
        """What the time stamping authority answers to a query of RFC 3161, both in DER."""
        service = self._arch.service_registry.summon_timestamper(ServiceLabel("stamper"), at_time=moment)
        return service.request_tsa_response(tsp.TimeStampReq.load(query)).dump()

    def answer(self, label: str, moment: dt.datetime) -> ocsp.OCSPResponse:
        """What the issuer's responder says of a certificate at that moment."""
        issuer = PEOPLE[label][1]
        certificate, above = self.certificate(label), self.certificate(issuer)
        name = ocsp.CertId(
            {
                "hash_algorithm": {"algorithm": "sha1"},
                "issuer_name_hash": above.subject.sha1,
                "issuer_key_hash": above.public_key.sha1,
                "serial_number": certificate.serial_number,
            }
        )
        service = "answerer" if issuer == "issuer" else "old-answerer"
        responder = self._arch.service_registry.summon_responder(ServiceLabel(service), at_time=moment)
        return responder.assemble_simple_ocsp_responses([responder.format_single_ocsp_response(name, above)])

    def revocations(self, issuer: str, moment: dt.datetime) -> crl.CertificateList:
        """The issuer's revocation list of that moment."""
        return self._arch.service_registry.get_crl(ServiceLabel(issuer), at_time=moment)

    def proofs(self, label: str, moment: dt.datetime) -> ValidationContext:
        """All that proves a person's certificate valid at that moment, to be put into the file."""
        return ValidationContext(
            trust_roots=[self.certificate("root")],
            moment=moment,
            allow_fetching=False,
            revocation_mode="hard-fail",
            ocsps=[self.answer(label, moment)],
            crls=[self.revocations(issuer, moment) for issuer in ("root", PEOPLE[label][1])],
        )


@cache
def toy() -> Pki:
    """The one infrastructure of a test run."""
    return Pki()


class _Stamper(TimeStamper):
    """Asks the service by a call instead of over the network."""

    def __init__(self, service: Any) -> None:
        super().__init__()
        self._service = service

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return self._service.request_tsa_response(req)


def _key(label: str) -> bytes:
    number = int.from_bytes(sha256(label.encode()).digest()) >> 1
    return ec.derive_private_key(number, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _config(labels: Iterable[str]) -> dict[str, Any]:
    holders: dict[str, Any] = {**AUTHORITIES, **PEOPLE, **SERVICES}
    usage: dict[str, list[dict[str, Any]]] = {}
    for label in holders:
        if label in AUTHORITIES:
            usage[label] = [_authority(), _usage("digital_signature", "key_cert_sign", "crl_sign")]
        elif label in PEOPLE:
            usage[label] = [_usage("digital_signature", "non_repudiation")]
        else:
            purpose = {"id": "extended_key_usage", "critical": True, "value": [SERVICES[label][3]]}
            usage[label] = [_usage("digital_signature"), purpose]
            if SERVICES[label][3] == "ocsp_signing":
                usage[label].append({"id": "ocsp_no_check"})
        issuer = holders[label][1]
        if issuer != label and issuer != "foreign-root":
            usage[label].append(
                {
                    "id": "crl_distribution_points",
                    "smart-value": {"schema": "crl-dist-url", "params": {"crl-repo-names": [issuer]}},
                }
            )
    certificates = {
        label: {
            "subject": label,
            "subject-key": label,
            "issuer": holder[1],
            "validity": {
                f"valid-{end}": f"{day}T00:00:00+0000" for end, day in zip(("from", "to"), holder[2], strict=True)
            },
            "extensions": usage[label],
        }
        for label, holder in holders.items()
    }
    certificates["revoked"]["revocation"] = {"revoked-since": f"{REVOKED_ON}T00:00:00+0000", "reason": "key_compromise"}
    return {
        "keysets": {LABEL: {"keys": {label: {"path": f"{label}.pem"} for label in labels}}},
        "pki-architectures": {
            LABEL: {
                "keyset": LABEL,
                "entities": {label: _entity(label, holder[0]) for label, holder in holders.items()},
                "certs": certificates,
                "services": {
                    "crl-repo": {
                        label: {"for-issuer": label, "simulated-update-schedule": "P30D"}
                        for label in ("root", "issuer", "old-issuer")
                    },
                    "ocsp": {
                        "answerer": {"for-issuer": "issuer", "responder-cert": "answerer"},
                        "old-answerer": {"for-issuer": "old-issuer", "responder-cert": "old-answerer"},
                    },
                    "time-stamping": {"stamper": {"signing-cert": "stamper"}},
                },
            }
        },
    }


def _entity(label: str, name: str) -> dict[str, str]:
    return {"common-name": name} | ({"serial-number": NUMBERS[label]} if label in NUMBERS else {})


def _authority() -> dict[str, Any]:
    return {"id": "basic_constraints", "critical": True, "value": {"ca": True}}


def _usage(*kinds: str) -> dict[str, Any]:
    return {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": list(kinds)}}
