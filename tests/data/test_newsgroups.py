"""20 Newsgroups, from an archive of its form."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from earnest.core.errors import DatasetError
from earnest.data import newsgroups
from earnest.data.registry import DATASETS

GROUPS = ("comp.graphics", "misc.forsale", "rec.autos", "sci.med", "talk.politics.mideast", "soc.religion.christian")


def post(group: str, number: int) -> bytes:
    head = f"From: somebody\r\nNewsgroups: {group}\r\nSubject: Re: RE: about {group.split('.')[0]} {number}\r\n"
    return f"{head}Organization: none\r\n\r\nbody {number} \xe9\r\n\r\nmore\r\n".encode("latin-1")


def archive(path: Path, groups: tuple[str, ...] = GROUPS, **more: bytes) -> Path:
    with tarfile.open(path, "w:gz") as made:
        for part in ("test", "train"):
            for group in groups:
                for number in (20, 3):
                    add(made, f"20news-bydate-{part}/{group}/{number}", post(group, number))
        for name, content in more.items():
            add(made, name, content)
    return path


def add(made: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    made.addfile(member, io.BytesIO(content))


def test_posts_are_subject_and_body_by_part_group_and_number(tmp_path):
    found = newsgroups.load(archive(tmp_path / "20news-bydate.tar.gz"))
    assert found.classes == newsgroups.CLASSES
    assert len(found.texts) == 24
    assert found.texts[0] == "about comp 3\nbody 3 \xe9\n\nmore\n"
    assert found.texts[1].startswith("about comp 20")
    assert [newsgroups.CLASSES[label] for label in found.labels[:12:2].tolist()] == [
        "computers", "for sale", "hobbies", "science", "religion", "politics",
    ]  # fmt: skip
    assert not any("Newsgroups" in text or "somebody" in text for text in found.texts)


@pytest.mark.parametrize(
    ("group", "topic"),
    [
        ("alt.atheism", "religion"), ("talk.religion.misc", "religion"), ("talk.politics.guns", "politics"),
        ("comp.sys.mac.hardware", "computers"), ("misc.forsale", "for sale"), ("composing", None),
        ("talk.origins", None),
    ],
)  # fmt: skip
def test_topic_follows_from_the_groups_name(group, topic):
    label = newsgroups.topic_of(group)
    assert (None if label is None else newsgroups.CLASSES[label]) == topic


def test_archive_without_a_topic_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="no posts about science"):
        newsgroups.load(archive(tmp_path / "a.tar.gz", tuple(one for one in GROUPS if one != "sci.med")))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/20news-bydate-train/sci.med/1", "20news-bydate-train/sci.med/x"]
)
def test_members_of_other_names_are_passed_over(tmp_path, name):
    found = newsgroups.load(archive(tmp_path / "a.tar.gz", **{name: b"Subject: x\n\nattacked"}))
    assert not any("attacked" in text for text in found.texts)


def test_links_are_not_followed(tmp_path):
    path = archive(tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as made, tarfile.open(path) as given:
        for member in given:
            made.addfile(member, given.extractfile(member))
        link = tarfile.TarInfo("20news-bydate-train/sci.med/777")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        made.addfile(link)
    assert len(newsgroups.load(tmp_path / "b.tar.gz").texts) == 24


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MAX_POST", 10, "impossible post"),
        ("MAX_UNPACKED", 100, "more than 20 Newsgroups"),
        ("MAX_MEMBERS", 5, "more than 20 Newsgroups"),
    ],
)
def test_archive_beyond_its_bounds_is_refused(tmp_path, monkeypatch, name, value, words):
    monkeypatch.setattr(newsgroups, name, value)
    with pytest.raises(DatasetError, match=words):
        newsgroups.load(archive(tmp_path / "a.tar.gz"))


@pytest.mark.parametrize("damage", ["missing", "cut", "text", "empty"])
def test_damaged_archive_is_refused_in_a_sentence(tmp_path, damage):
    path = archive(tmp_path / "a.tar.gz")
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"cut": whole[: len(whole) // 2], "text": b"no archive", "empty": gzip.compress(b"")}[damage])
    with pytest.raises(DatasetError, match=r"a\.tar\.gz"):
        newsgroups.load(path)


def test_it_is_a_data_set_of_sweeps_with_its_licence_said():
    found = DATASETS["newsgroups"]
    assert (found.classes, found.class_names, found.needs) == (6, newsgroups.CLASSES, "data")
    assert "no licence" in found.source
