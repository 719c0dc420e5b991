"""A copy of the embedded default while it runs, and the way back.

The tables are copied before the chain: a copy's chain is then never behind its tables, which catch up with it at the
start, and what was under way is settled by what the chain has. SQLite copies a database that is in use, as it is at one
moment.
"""

import gzip
import io
import json
import sqlite3
import tarfile
import tempfile
import time
import zlib
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from earnest.errors import EarnestError

#: In this order; a service that has not begun yet may lack some.
DATABASES = ("earnest.sqlite", "chain.sqlite")
SECRETS = ("admin-token", "operator-key", "keystore-password")
MANIFEST = "backup.json"
FORMAT = 1
#: Largest file that is restored, in bytes.
MAX_FILE = 2**40


class BackupRefused(EarnestError):
    """A copy cannot be made, or a file is no copy."""

    status = 422
    type = "backup-refused"
    title = "Backup refused"


def backup(data_dir: Path, target: Path) -> list[str]:
    """Write the databases and secrets of a data folder into a new archive; returns their names.

    Raises:
        BackupRefused: there is nothing to copy, or the target exists already.
        OSError: the target cannot be written.
    """
    if not (data_dir / DATABASES[0]).is_file():
        raise BackupRefused(f"{data_dir} holds no database: name a service's data folder.")
    if target.exists():
        raise BackupRefused(f"{target} exists already: name another file.")
    copied: list[str] = []
    scratch = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            for name in DATABASES:
                if (data_dir / name).is_file():
                    _copy(data_dir / name, Path(folder) / name)
                    copied.append(name)
            with scratch.open("xb") as raw:
                scratch.chmod(0o600)
                with tarfile.open(fileobj=raw, mode="w:gz") as archive:
                    said = {"format": FORMAT, "version": version("earnest"), "time": int(time.time())}
                    _add(archive, MANIFEST, json.dumps(said).encode())
                    for name in copied:
                        archive.add(Path(folder) / name, name)
                    for name in SECRETS:
                        if (data_dir / name).is_file():
                            _add(archive, name, (data_dir / name).read_bytes())
                            copied.append(name)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
    return copied


def _copy(source: Path, target: Path) -> None:
    address = f"{source.resolve().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=30)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
        if writing.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupRefused(f"{source} is damaged: its copy does not pass SQLite's own check.")


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), 0o600, int(time.time())
    archive.addfile(member, io.BytesIO(content))


def restore(source: Path, data_dir: Path) -> list[str]:
    """Put a copy into a data folder that holds no service yet; returns the names of what was in it.

    Raises:
        BackupRefused: the folder is in use, or the file is no copy.
        OSError: the folder cannot be written.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise BackupRefused(f"{data_dir} is not empty: name a new folder.")
    if not source.is_file():
        raise BackupRefused(f"There is no file {source}.")
    try:
        with tarfile.open(source, mode="r:gz") as archive:
            members = {member.name: member for member in archive.getmembers()}
            manifest = archive.extractfile(members[MANIFEST])
            said = json.loads(manifest.read(10_000)) if manifest is not None else {}
            if said.get("format") != FORMAT:
                raise BackupRefused(f"{source} is of another version's format: restore it with that version.")
            wanted = [name for name in (*DATABASES, *SECRETS) if name in members]
            if not all(members[name].isfile() and members[name].size <= MAX_FILE for name in wanted):
                raise BackupRefused(f"{source} holds something else than files.")
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in wanted:
                content = archive.extractfile(members[name])
                path = data_dir / name
                path.touch(mode=0o600)
                with path.open("wb") as file:
                    while content is not None and (part := content.read(2**20)):
                        file.write(part)
    except (tarfile.TarError, KeyError, ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BackupRefused(f"{source} is no copy that `earnest backup` made ({type(error).__name__}).") from None
    return wanted
