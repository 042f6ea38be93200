"""How a file is written and read: whole or not at all, whatever happens on the way."""

from __future__ import annotations

import builtins
import errno
import os
import resource
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from limelight import explain, load
from limelight.errors import InputError
from limelight.render import files
from limelight.render.files import read, writable, written

OLD, NEW = b"the good old file", b"new " * 30_000  # more than one buffer of a file


class Saboteur:
    """Lets the calls that a save is made of pass, up to one that fails, before or after it has done its work."""

    CALLS = ("fsync", "chmod", "replace")

    def __init__(self, monkeypatch, left: int, error: BaseException, after: bool = False) -> None:
        self.left, self.error, self.after = left, error, after
        # a system that keeps no owners is no reason to fail; an interrupt is
        for name in self.CALLS + (() if isinstance(error, OSError) else ("chown",)):
            monkeypatch.setattr(os, name, self.watched(getattr(os, name)))
        monkeypatch.setattr(files, "open", self.open, raising=False)

    def watched(self, call):
        def passing(*arguments, **options):
            fails = self.left == 0
            self.left -= 1
            if fails and not self.after:
                raise self.error
            result = call(*arguments, **options)
            if fails:
                raise self.error
            return result

        return passing

    def open(self, *arguments, **options):
        file = self.watched(builtins.open)(*arguments, **options)
        saboteur = self

        class Watched:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                try:
                    saboteur.watched(file.close)()
                finally:
                    file.close()

            def __getattr__(self, name):
                return saboteur.watched(getattr(file, name))

        return Watched()


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(
    ("error", "after"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (KeyboardInterrupt(), False),
        (KeyboardInterrupt(), True),
    ],
)
def test_a_save_that_fails_at_any_call_leaves_the_old_file_and_nothing_else(tmp_path, there, error, after):
    path, failed = tmp_path / "file", 0
    while True:
        if there:
            path.write_bytes(OLD)
        with pytest.MonkeyPatch.context() as patch:
            saboteur = Saboteur(patch, failed, error, after)
            try:
                written(NEW, path)
            except (InputError, KeyboardInterrupt) as problem:
                assert isinstance(error, KeyboardInterrupt) or "(No space left on device)" in str(problem)
            done = saboteur.left >= 0
        content = path.read_bytes() if path.exists() else None
        # an interrupt after the last step comes too late to undo it
        replaced = done or (after and content == NEW)
        assert content == (NEW if replaced else OLD if there else None)
        assert [each.name for each in tmp_path.iterdir()] == ([path.name] if there or replaced else [])
        if done:
            break
        path.unlink(missing_ok=True)
        failed += 1
    assert failed >= (8 if there else 7), "open, write, flush, fileno, fsync, close, perhaps chown and chmod, replace"


def test_an_interrupt_at_any_instruction_leaves_one_whole_file(tmp_path):
    path, at, outcomes = tmp_path / "file", 0, []

    def interrupting(left):
        def trace(frame, event, _):
            nonlocal left
            if frame.f_code is not files._replace.__code__:
                return None
            frame.f_trace_opcodes = True
            if event == "opcode":
                left -= 1
                if left == -1:
                    raise KeyboardInterrupt
            return trace

        return trace

    while len(outcomes) < 3 or not outcomes[-1]:
        path.write_bytes(OLD)
        before = sys.gettrace()
        sys.settrace(interrupting(at))
        try:
            written(b"new", path)
            ended = True
        except KeyboardInterrupt:
            ended = False
        finally:
            sys.settrace(before)
        assert path.read_bytes() in ([b"new"] if ended else [OLD, b"new"])
        assert os.listdir(tmp_path) == ["file"]
        outcomes.append(ended)
        at += 1
    assert at > 50


def limited(path: str, size: int) -> None:
    """In a process of its own: no file may have more than ``size`` bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        written(NEW, path)
    except InputError as error:
        print(error)


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 1, 4096, len(NEW) - 1, len(NEW)])
def test_a_real_limit_of_the_system(tmp_path, size):
    path = tmp_path / "file"
    path.write_bytes(OLD)
    # Python ignores SIGXFSZ, so that the write fails instead of the process
    code = f"from tests.render.test_written import limited; limited({str(path)!r}, {size})"
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert path.read_bytes() == (NEW if size >= len(NEW) else OLD) and os.listdir(tmp_path) == ["file"]
    assert ("cannot write" in said and "(File too large)" in said) == (size < len(NEW))


def test_a_full_device_is_said():
    with pytest.raises(InputError, match=r"cannot write '/dev/full' \(No space left on device\).*give another path"):
        written("x", "/dev/full")


def test_the_mode_of_the_old_file_is_kept_and_a_new_one_is_like_any_other(tmp_path):
    for mode in (0o600, 0o640, 0o755, 0o666):  # the last has more than a new file gets
        path = tmp_path / f"{mode:o}"
        path.write_bytes(OLD)
        path.chmod(mode)
        written(NEW, path)
        assert path.read_bytes() == NEW and stat.S_IMODE(path.stat().st_mode) == mode
    written("x", tmp_path / "ours")
    (tmp_path / "any").write_text("x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_an_owner_that_cannot_be_kept_is_no_reason_to_fail(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(OLD)
    for code in (errno.EPERM, errno.EINVAL, errno.ENOTSUP):  # as users, containers and network folders say
        monkeypatch.setattr(os, "chown", lambda *_, code=code: (_ for _ in ()).throw(OSError(code, "no")))
        written(NEW, tmp_path / "file")
    monkeypatch.delattr(os, "chown")
    written(NEW, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == NEW and os.listdir(tmp_path) == ["file"]


def test_a_private_file_is_private_from_the_first_byte(tmp_path, monkeypatch):
    path, seen = tmp_path / "file", []
    path.write_bytes(OLD)
    path.chmod(0o600)
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (seen.append(stat.S_IMODE(os.fstat(fd).st_mode)), sync(fd)))
    written("secret", path)
    assert seen == [0o600]


def test_a_link_stays_a_link(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "file").write_bytes(OLD)
    (tmp_path / "first").symlink_to("elsewhere/file")
    (tmp_path / "second").symlink_to(tmp_path / "first")
    written(NEW, tmp_path / "second")
    assert (folder / "file").read_bytes() == NEW and (tmp_path / "second").is_symlink()
    assert os.readlink(tmp_path / "first") == "elsewhere/file" and os.listdir(folder) == ["file"]
    (tmp_path / "dangling").symlink_to("elsewhere/new")
    written("x", tmp_path / "dangling")
    assert (folder / "new").read_text() == "x" and (tmp_path / "dangling").is_symlink()


def test_a_pipe_takes_what_is_written_and_stays_a_pipe(tmp_path):
    path, got = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    written(NEW, path)
    reader.join(20)
    assert got == [NEW] and path.is_fifo() and os.listdir(tmp_path) == ["pipe"]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_stdout_is_written_even_where_it_is_a_file(tmp_path, name):
    (tmp_path / "link").symlink_to("/dev/stdout")
    code = f"from limelight.render.files import written; written('as it is', {name!r})"
    with (tmp_path / "out").open("wb") as out:
        before = os.fstat(out.fileno()).st_ino
        subprocess.run([sys.executable, "-c", code], stdout=out, cwd=tmp_path, check=True)
    assert (tmp_path / "out").read_text() == "as it is" and (tmp_path / "out").stat().st_ino == before
    assert sorted(os.listdir(tmp_path)) == ["link", "out"]


@pytest.fixture
def nobody():
    """Has the code of a block run as a user without rights, in a folder that everyone may see."""

    @contextmanager
    def become():
        if os.geteuid():
            yield
            return
        os.setresuid(65534, 65534, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)

    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield become, Path(folder)
        os.chmod(folder, 0o755)


def test_what_this_user_may_not_write_is_refused_before_and_after(nobody):
    become, folder = nobody
    (folder / "locked").write_bytes(OLD)
    (folder / "locked").chmod(0o444)
    open_folder = folder / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    (open_folder / "locked").write_bytes(OLD)
    (open_folder / "locked").chmod(0o444)
    (folder / "own").write_bytes(OLD)
    (folder / "own").chmod(0o666)
    folder.chmod(0o555)
    with become():
        # the last could be written, but not beside it: a save that fails would destroy it
        for path in (folder / "new", folder / "locked", open_folder / "locked", folder / "own"):
            for attempt in (writable, lambda path: written(NEW, path)):
                with pytest.raises(InputError, match=r"cannot write .* \(Permission denied\)"):
                    attempt(path)
        written(NEW, open_folder / "new")
    assert (open_folder / "locked").read_bytes() == OLD and (folder / "own").read_bytes() == OLD
    assert sorted(os.listdir(open_folder)) == ["locked", "new"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "cannot write '' .*directory"),
        ("a\0b", r"cannot write 'a\\x00b' .*null"),
        ("x" * 300, "cannot write 'x+' .*too long"),
        (5, "cannot write '5' .*path"),
        (b"bytes", "cannot write .*path"),
        ("\ud800", "cannot write .*surrogates"),
    ],
)
def test_what_is_no_path_of_a_file_is_said_in_a_sentence(path, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=f"(?i){said}.*give another path"):
        written("x", path)
    assert os.listdir(tmp_path) == []


def test_a_text_that_is_none_leaves_the_old_file(tmp_path):
    (tmp_path / "file").write_bytes(OLD)
    with pytest.raises(InputError, match="cannot write .*surrogates"):
        written("half a character \ud800", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == OLD and os.listdir(tmp_path) == ["file"]


def test_every_writer_keeps_the_old_file(linear, tmp_path, monkeypatch):
    found = explain("a good film", linear)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    for name in ("to_html", "to_svg", "to_png", "to_latex", "to_json", "to_csv", "save"):
        path = tmp_path / name
        path.write_bytes(OLD)
        with pytest.raises(InputError, match=r"cannot write .*\(full\)"):
            getattr(found, name)(path)
        assert path.read_bytes() == OLD
    assert len(os.listdir(tmp_path)) == 7


# reading


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"cannot read .*\(No such file"),
        (..., r"cannot read .*\(Is a directory\)"),
        (b"\x89PNG\r\n\x1a\n\xff", "cannot read .*utf-8"),
        (b"", "holds no JSON that can be read"),
        (b"[" * 200_000, "holds no JSON that can be read .*recursion"),
        (b'{"a":' * 200_000, "holds no JSON that can be read .*recursion"),
        (b"9" * 5000, "holds no JSON that can be read .*digits"),
        (b"\xef\xbb\xbf{}", "holds no JSON that can be read .*BOM"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_said_in_a_sentence(content, said, tmp_path):
    path = tmp_path / "file.json"
    if content is ...:
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"{said}.*limelight loads the files that Explanation.save writes"):
        load(path)


@pytest.mark.parametrize("path", ["a\0b", "x" * 300, "", 5, b"bytes", None, []])
def test_what_is_no_path_cannot_be_loaded(path):
    with pytest.raises(InputError, match="cannot read .*give the path of one"):
        load(path)


def test_a_file_that_this_user_may_not_read(nobody):
    become, folder = nobody
    (folder / "file").write_text("{}")
    (folder / "file").chmod(0)
    with become(), pytest.raises(InputError, match=r"cannot read .*\(Permission denied\)"):
        read(folder / "file")
