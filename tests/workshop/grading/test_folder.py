"""Listing and reading what was handed in: no link is followed, no pipe waited for, no name refused."""

import os
import socket
from pathlib import Path

import pytest

from coursekit.workshop.grading import folder as folders
from coursekit.workshop.grading.folder import Entry, NoRegularFileError, list_folder, printable, read_file

PARTS = ("anna", "work", "04_saliency.ipynb")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path.joinpath("in", *PARTS)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / path.name).write_bytes(b"another's")
    return path


def listed(folder: Path) -> dict[str, str]:
    return {"/".join(entry.parts): entry.trouble for entry in list_folder(folder)}


def test_a_file_is_read_up_to_the_limit(file: Path, tmp_path: Path) -> None:
    assert read_file(tmp_path / "in", PARTS, 100) == b"mine"
    assert read_file(tmp_path / "in", PARTS, 2) == b"mi"


def test_a_file_that_grows_without_end_is_read_up_to_its_size(file: Path, tmp_path: Path) -> None:
    os.truncate(file, 2**40)  # it takes no room on the disk
    assert len(read_file(tmp_path / "in", PARTS, 1000)) == 1000


def test_no_link_is_followed(file: Path, tmp_path: Path) -> None:
    file.unlink()
    file.symlink_to(tmp_path / "bert" / file.name)
    assert file.read_bytes() == b"another's"
    with pytest.raises(NoRegularFileError, match="a link, which is not followed"):
        read_file(tmp_path / "in", PARTS, 100)


@pytest.mark.parametrize("level", [0, 1])
def test_no_link_on_the_way_is_followed(file: Path, tmp_path: Path, level: int) -> None:
    place = tmp_path.joinpath("in", *PARTS[: level + 1])
    place.rename(tmp_path / "away")
    (tmp_path / "bert" / "work").symlink_to(".")
    place.symlink_to(tmp_path / "bert")
    assert file.read_bytes() == b"another's"
    with pytest.raises(NoRegularFileError, match="a link, which is not followed"):
        read_file(tmp_path / "in", PARTS, 100)


def test_a_pipe_is_not_waited_for(file: Path, tmp_path: Path) -> None:
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(NoRegularFileError, match="neither a file nor a folder"):
        read_file(tmp_path / "in", PARTS, 100)


def test_a_folder_and_a_socket_are_no_files(file: Path, tmp_path: Path, monkeypatch) -> None:
    file.unlink()
    file.mkdir()
    with pytest.raises(NoRegularFileError):
        read_file(tmp_path / "in", PARTS, 100)
    file.rmdir()
    monkeypatch.chdir(file.parent)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(file.name)
        with pytest.raises(NoRegularFileError):
            read_file(tmp_path / "in", PARTS, 100)


def test_a_file_that_is_gone_is_named_so(file: Path, tmp_path: Path) -> None:
    file.unlink()
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "in", PARTS, 100)


def test_all_but_what_programs_leave_is_listed(file: Path, tmp_path: Path) -> None:
    for name in (".ipynb_checkpoints", "__MACOSX", ".Trash-1000/files", "bert/.venv"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "04_saliency.ipynb").touch()
    (tmp_path / "in/anna/._04_saliency.ipynb").touch()
    (tmp_path / "in/anna/.04_saliency.ipynb").touch()
    (tmp_path / "in/link").symlink_to(tmp_path / "bert")
    os.mkfifo(tmp_path / "in/pipe")
    assert listed(tmp_path / "in") == {
        "anna/work/04_saliency.ipynb": "",
        "anna/.04_saliency.ipynb": "",
        "bert": "",
        "link": "a link, which is not followed",
        "pipe": "neither a file nor a folder",
    }
    found = {entry.parts[-1]: (entry.is_empty, entry.is_hidden) for entry in list_folder(tmp_path / "in")}
    assert (found["bert"], found[".04_saliency.ipynb"]) == ((True, False), (False, True))


def test_a_folder_that_became_a_link_is_not_looked_into(file: Path, tmp_path: Path, monkeypatch) -> None:
    real = os.stat

    def swap_behind(name, **options):
        status = real(name, **options)
        if name == "work":
            file.parent.rename(tmp_path / "away")
            file.parent.symlink_to(tmp_path / "bert")
        return status

    monkeypatch.setattr(folders.os, "stat", swap_behind)
    ((name, trouble),) = listed(tmp_path / "in").items()
    assert (name, bool(trouble)) == ("anna/work", True)


def test_folders_without_end_end(tmp_path: Path) -> None:
    place = tmp_path
    for _ in range(40):
        place /= "d"
        place.mkdir()
    (entry,) = list_folder(tmp_path)
    assert entry == Entry(("d",) * 33, trouble="it lies in more than 32 folders")


def test_no_descriptor_is_left_open(file: Path, tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    list_folder(tmp_path / "in")
    read_file(tmp_path / "in", PARTS, 100)
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "in", (*PARTS[:2], "gone"), 100)
    assert os.listdir("/proc/self/fd") == before


def test_any_name_is_printed_in_one_line() -> None:
    name = Path(os.fsdecode(b"a\xff\n\x1b[31m") + "é\u202e王")
    assert printable(name) == "a\\xff\\n\\x1b[31mé\\u202e王"


def test_what_programs_left_in_an_empty_folder_is_known(tmp_path: Path) -> None:
    (tmp_path / "anna/.ipynb_checkpoints").mkdir(parents=True)
    (tmp_path / "bert").mkdir()
    assert [(one.is_empty, one.passed_over) for one in list_folder(tmp_path)] == [
        (True, ".ipynb_checkpoints"),
        (True, ""),
    ]
