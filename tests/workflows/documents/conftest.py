"""The seed: one real plan that lies beside the repository and is never copied into it."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[3].parent / "shared" / "seed"


@pytest.fixture(scope="session")
def seed(seed_folder: Path) -> str:
    return (seed_folder / "rencana-aksi-kesbangpol-2024.md").read_text("utf-8")


@pytest.fixture(scope="session")
def seed_folder() -> Path:
    path = Path(os.environ.get("TUNTAS_SEED", _BESIDE))
    if (path / "rencana-aksi-kesbangpol-2024.md").is_file():
        return path
    message = f"the seed is not at {path}; name its folder in TUNTAS_SEED"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
