"""Writes what SeaweedFS reads at its start to the folder that the first argument names, 0700 and 0600: who may come in
by S3, and the certificate without which none of its inner gRPC services answers. Safe to repeat.

Its S3 gRPC service listens wherever the S3 port does and would let anybody add an identity.
"""

import os
import sys
from pathlib import Path

from storage.provision import seaweed_identities
from webapp.embedded.credentials import load_certificates
from webapp.embedded.folder import Folder, write_private, write_private_json
from webapp.embedded.seaweedfs import GRPC_PARTS


def main(place: Path) -> None:
    """Take the keys from the environment; the certificate is made at the first call and kept."""
    names = ("S3_ADMIN_ACCESS_KEY", "S3_ADMIN_SECRET_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    keys = (os.environ[name] for name in names)
    prefix = os.environ.get("S3_BUCKET_PREFIX") or "tuntas-"
    write_private_json(place / "identities.json", seaweed_identities(*keys, prefix))
    paths = load_certificates(Folder.open(place))
    sections = [f'[grpc]\nca = "{paths.authority}"\n']
    sections += [f'[grpc.{part}]\ncert = "{paths.certificate}"\nkey = "{paths.key}"\n' for part in GRPC_PARTS]
    write_private(place / "security.toml", "\n".join(sections).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
