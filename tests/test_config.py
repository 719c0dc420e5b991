"""Settings that are empty, unfit or misspelt are refused at the start, each in one sentence, with code 2."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from earnest.config import OTHERS, PREFIX, TESTS_PREFIX, Settings, SettingsInvalid, read_settings

ROOT = Path(__file__).resolve().parents[1]
KEY = "0x" + "11" * 32
ORDER = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"


def read(monkeypatch, **settings):
    """The settings of an environment with these variables, by their names without the prefix."""
    for name, value in settings.items():
        monkeypatch.setenv(PREFIX + name, value)
    return read_settings({PREFIX + name: value for name, value in settings.items()})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ADMIN_TOKEN", "", "EARNEST_ADMIN_TOKEN is empty: give it a value, or unset it."),
        ("ADMIN_TOKEN", "  ", "EARNEST_ADMIN_TOKEN is empty: give it a value, or unset it."),
        ("ADMIN_TOKEN", "two words", "EARNEST_ADMIN_TOKEN: a token has at least one character, and only printable"),
        ("ADMIN_TOKEN", "café", "EARNEST_ADMIN_TOKEN: a token has at least one character, and only printable"),
        ("OPERATOR_KEY", "", "EARNEST_OPERATOR_KEY is empty: give it a value, or unset it."),
        ("OPERATOR_KEY", "0x12", "EARNEST_OPERATOR_KEY: a private key has 64 hexadecimal digits"),
        ("OPERATOR_KEY", "0x" + "g" * 64, "EARNEST_OPERATOR_KEY: a private key has 64 hexadecimal digits"),
        ("OPERATOR_KEY", "0" * 64, "EARNEST_OPERATOR_KEY: a private key has 64 hexadecimal digits"),
        ("OPERATOR_KEY", ORDER, "EARNEST_OPERATOR_KEY: a private key has 64 hexadecimal digits"),
        ("DATABASE_URL", "", "EARNEST_DATABASE_URL is empty: give it a value, or unset it."),
        ("DATABASE_URL", "nonsense", "EARNEST_DATABASE_URL: it must be an address of SQLAlchemy's, such as"),
        ("DATABASE_URL", "postgresql+psycopg://host:port/x", "EARNEST_DATABASE_URL: it must be an address of"),
        ("DATABASE_URL", "postgresql://host/x", "EARNEST_DATABASE_URL: postgresql is not supported: use sqlite:///"),
        ("DATABASE_URL", "mysql://host/x", "EARNEST_DATABASE_URL: mysql is not supported"),
        ("DATABASE_URL", "postgresql+psycopg://host", "EARNEST_DATABASE_URL: it names no database: end it with /NAME."),
        ("DATABASE_URL", "sqlite://", "EARNEST_DATABASE_URL: it names no file, and a database in memory would"),
        ("DATABASE_URL", "sqlite:////no/such/folder/x", "EARNEST_DATABASE_URL: there is no folder /no/such/folder"),
        ("CHAIN_URL", "localhost:8545", "EARNEST_CHAIN_URL: it must be an http:// or https:// address"),
        ("CHAIN_URL", "http://", "EARNEST_CHAIN_URL: it must be an http:// or https:// address"),
        ("CHAIN_URL", "http://host:port", "EARNEST_CHAIN_URL: it must be an http:// or https:// address"),
        ("TOKENS", "0x12", "EARNEST_TOKENS: 0x12 is no address: give ERC-20 tokens as 0x and 40 hexadecimal digits"),
        ("TOKENS", "0x" + "0" * 40, "EARNEST_TOKENS: the address of zeros is no token"),
        ("TOKENS", f"0x{'ab' * 20},0x{'AB' * 20}", "EARNEST_TOKENS: a token is there twice"),
        (
            "TOKENS",
            ",".join(f"0x{n:040x}" for n in range(1, 18)),
            "EARNEST_TOKENS: 17 tokens are too many: give at most",
        ),
        ("TOKENS", "0x" + "ab" * 20 + ",", "EARNEST_TOKENS: nothing is no address"),
        ("PORT", "", "EARNEST_PORT is empty: give it a value, or unset it."),
        ("PORT", "http", "EARNEST_PORT: "),
        ("PORT", "0", "EARNEST_PORT: "),
        ("INITIAL_POOL", "perhaps", "EARNEST_INITIAL_POOL: "),
        ("POLL_SECONDS", "nan", "EARNEST_POLL_SECONDS: "),
        ("SWEEP_NICE", "20", "EARNEST_SWEEP_NICE: "),
        ("PROT", "8000", "EARNEST_PROT is no setting: did you mean EARNEST_PORT?"),
        ("DATABSE_URL", "sqlite://", "EARNEST_DATABSE_URL is no setting: did you mean EARNEST_DATABASE_URL?"),
        ("XYZZY", "1", "EARNEST_XYZZY is no setting: the settings are EARNEST_ACCESS_SECONDS, "),
        ("TEST", "1", "EARNEST_TEST is no setting: "),
    ],
)
def test_what_is_refused(monkeypatch, name, value, sentence):
    with pytest.raises(SettingsInvalid) as refused:
        read(monkeypatch, **{name: value})
    (told,) = refused.value.sentences
    assert told.startswith(sentence)
    assert name not in ("ADMIN_TOKEN", "OPERATOR_KEY") or not value.strip() or value not in told


def test_each_that_is_wrong_has_a_sentence(monkeypatch):
    with pytest.raises(SettingsInvalid) as refused:
        read(monkeypatch, PROT="1", ADMIN_TOKEN="", PORT="x", OPERATOR_KEY="1")
    names = [re.split("[ :]", sentence)[0] for sentence in refused.value.sentences]
    assert sorted(names) == ["EARNEST_ADMIN_TOKEN", "EARNEST_OPERATOR_KEY", "EARNEST_PORT", "EARNEST_PROT"]


def test_what_is_taken(monkeypatch, tmp_path):
    sqlite3.connect(tmp_path / "there.sqlite").executescript("CREATE TABLE t (x)").connection.close()
    found = read(
        monkeypatch,
        ADMIN_TOKEN="t",
        OPERATOR_KEY=KEY,
        CHAIN_URL="https://user:password@[::1]:8545/path",
        DATABASE_URL=f"sqlite:///{tmp_path / 'there.sqlite'}",
        HYPOTHESIS_PROFILE="ci",
        POSTGRES_PASSWORD="x",
        TEST_BROWSER="/usr/bin/true",
    )
    assert found.operator_key is not None
    assert found.operator_key.get_secret_value() == KEY
    assert read(monkeypatch, DATABASE_URL="postgresql+psycopg://u:p@h:5432/d").database_url is not None


def test_files_that_are_no_database_are_refused(monkeypatch, tmp_path):
    (tmp_path / "notes").write_text("nothing that a database would begin with")
    with pytest.raises(SettingsInvalid, match="notes is no database of SQLite"):
        read(monkeypatch, DATABASE_URL=f"sqlite:///{tmp_path / 'notes'}")
    with pytest.raises(SettingsInvalid, match="cannot be used: Is a directory"):
        read(monkeypatch, DATABASE_URL=f"sqlite:///{tmp_path}")


def test_every_name_in_the_project_is_known():
    """A setting that a file names, of whatever command, must not keep the service from starting."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    known = {PREFIX + name.upper() for name in Settings.model_fields} | set(OTHERS)
    for name in done.stdout.decode().split("\0"):
        path = ROOT / name
        if not name or path == Path(__file__) or path.suffix in (".lock", ".json") or not path.is_file():
            continue
        for found in re.findall(r"\bEARNEST_[A-Z][A-Z_]*[A-Z]\b", path.read_text("utf-8", errors="ignore")):
            assert found in known or found.startswith(TESTS_PREFIX), f"{name} names {found}"


def serve(folder, **settings):
    return subprocess.run(
        [sys.executable, "-m", "earnest.cli", "serve", "--data-dir", str(folder)],
        env={"PATH": "/usr/bin", "EARNEST_PORT": "1"} | {PREFIX + name: value for name, value in settings.items()},
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
    )


def test_the_command_says_so_and_ends_with_2(tmp_path):
    done = serve(tmp_path / "data", ADMIN_TOKEN="", PROT="1", OPERATOR_KEY="0xsecret")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3
    assert "Traceback" not in done.stderr
    assert "0xsecret" not in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("admin-token", b"\n", "admin-token holds no secret"),
        ("keystore-password", b"\xff\xfe", "keystore-password holds no secret"),
        ("operator-key", b"abc", "operator-key holds no private key"),
        ("earnest.sqlite", b"what a power cut left", "earnest.sqlite is no database of SQLite"),
    ],
)
def test_damaged_files_of_the_data_folder_are_refused(tmp_path, file, content, words):
    (tmp_path / file).write_bytes(content)
    done = serve(tmp_path)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / file).read_bytes() == content
