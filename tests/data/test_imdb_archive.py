"""The official archive, on small ones made here; refusals first."""

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from earnest.core.errors import DatasetError
from earnest.data import imdb_archive

REVIEWS = {
    f"aclImdb/{part}/{sentiment}/{number}_{number % 10}.txt": f"{part} {sentiment} review {number}".encode()
    for part in ("train", "test")
    for sentiment in ("pos", "neg")
    for number in range(12)
}


def make(path: Path, members: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type = tarfile.SYMTYPE
            member.linkname = target
            archive.addfile(member)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return make(tmp_path / "aclImdb_v1.tar.gz", REVIEWS)


# REFUSALS


def test_missing_archive_says_which_setting_to_change(tmp_path):
    with pytest.raises(DatasetError, match="EARNEST_IMDB_ARCHIVE"):
        imdb_archive.load(tmp_path / "nowhere.tar.gz")


def test_archive_of_another_checksum_is_refused(archive):
    with pytest.raises(DatasetError, match="checksum"):
        imdb_archive.load(archive, "0" * 64)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff"])
def test_file_that_is_no_archive_is_refused(tmp_path, content):
    path = tmp_path / "aclImdb_v1.tar.gz"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="corrupt or truncated"):
        imdb_archive.load(path)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_truncated_archive_is_refused(archive, part):
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(DatasetError, match="corrupt or truncated"):
        imdb_archive.load(archive)


@pytest.mark.parametrize("seed", range(20))
def test_archive_with_one_damaged_byte_is_refused(archive, seed):
    content = bytearray(archive.read_bytes())
    # the first bytes hold gzip's own name and time, which nothing checks
    content[int(np.random.default_rng(seed).integers(40, len(content)))] ^= 0xFF
    archive.write_bytes(content)
    with pytest.raises(DatasetError, match="corrupt"):
        imdb_archive.load(archive)


def test_archive_with_a_damaged_header_in_a_sound_gzip_is_refused(tmp_path):
    plain = tmp_path / "plain.tar"
    make(tmp_path / "sound.tar.gz", REVIEWS)
    content = bytearray(gzip.decompress((tmp_path / "sound.tar.gz").read_bytes()))
    position = content.index(b"aclImdb/test/neg/7_7.txt")
    content[position : position + 512] = b"x" * 512
    plain.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DatasetError, match="corrupt"):
        imdb_archive.load(plain)


@pytest.mark.parametrize("missing", ["train/pos", "train/neg", "test/pos", "test/neg"])
def test_archive_without_a_class_is_refused(tmp_path, missing):
    some = {name: content for name, content in REVIEWS.items() if missing not in name}
    with pytest.raises(DatasetError, match=f"no reviews in aclImdb/{missing}"):
        imdb_archive.load(make(tmp_path / "a.tar.gz", some))


def test_review_that_is_not_utf8_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="corrupt"):
        imdb_archive.load(make(tmp_path / "a.tar.gz", {**REVIEWS, "aclImdb/train/pos/99_9.txt": b"\xff\xfe"}))


def test_review_of_impossible_length_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(imdb_archive, "MAX_REVIEW", 100)
    with pytest.raises(DatasetError, match="impossible review"):
        imdb_archive.load(make(tmp_path / "a.tar.gz", {**REVIEWS, "aclImdb/train/pos/99_9.txt": b"a" * 101}))


def test_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(imdb_archive, "MAX_UNPACKED", 5000)
    with pytest.raises(DatasetError, match="unpacks to more"):
        imdb_archive.load(make(tmp_path / "a.tar.gz", {**REVIEWS, "aclImdb/README": b"a" * 5000}))


# READING


def test_members_that_are_no_reviews_are_passed_over(tmp_path, archive):
    strange = {
        "aclImdb/train/unsup/0_0.txt": b"unlabelled",
        "aclImdb/train/pos/../../../../etc/1_1.txt": b"escape",
        "/aclImdb/train/pos/50_5.txt": b"absolute",
        "aclImdb/train/pos/urls.txt": b"urls",
    }
    path = make(tmp_path / "b.tar.gz", {**REVIEWS, **strange}, {"aclImdb/train/pos/60_6.txt": "/etc/passwd"})
    before = sorted(tmp_path.iterdir())
    assert [part.texts for part in imdb_archive.load(path)] == [part.texts for part in imdb_archive.load(archive)]
    assert sorted(tmp_path.iterdir()) == before


def test_reviews_come_in_keras_order(archive):
    train, test = imdb_archive.load(archive, hashlib.sha256(archive.read_bytes()).hexdigest())
    stream = np.random.RandomState(113)
    for part, dataset in (("train", train), ("test", test)):
        named = [name for s in ("pos", "neg") for name in sorted(REVIEWS) if name.startswith(f"aclImdb/{part}/{s}")]
        order = np.arange(len(named))
        stream.shuffle(order)
        assert dataset.texts == tuple(REVIEWS[named[row]].decode() for row in order)
        assert dataset.labels.tolist() == ["/pos/" in named[row] for row in order]
        assert dataset.classes == ("negative", "positive")
