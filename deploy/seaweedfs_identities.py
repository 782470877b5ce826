"""Writes SeaweedFS's two identities to the file that the first argument names, readable by its owner only."""

import json
import os
import sys
from pathlib import Path

from storage.provision import seaweed_identities


def main(path: Path) -> None:
    """Take the keys from the environment."""
    names = ("S3_ADMIN_ACCESS_KEY", "S3_ADMIN_SECRET_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    identities = seaweed_identities(
        *(os.environ[name] for name in names), os.environ.get("S3_BUCKET_PREFIX") or "tuntas-"
    )
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(identities, file)
    draft.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
