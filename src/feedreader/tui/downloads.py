"""Downloads of enclosures: the configured program in a thread each, a file whole or not at all."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from feedreader.core.links import safe_link
from feedreader.core.text import clean_line, safe_filename
from feedreader.model import Enclosure
from feedreader.programs import fill

State = Literal["running", "done", "failed", "stopped"]

_END_WAIT_S: Final = 3.0
_ENDINGS: Final = {
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
    "video/mp4": ".mp4",
    "application/pdf": ".pdf",
}


@dataclass(slots=True)
class Download:
    """One file on its way."""

    title: str
    url: str
    path: Path
    total: int | None
    """Bytes, as the feed announced; it may be wrong."""
    state: State = "running"
    error: str = ""
    size: int = 0
    """Bytes that have come."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def part(self) -> Path:
        """Where the bytes go until all have come."""
        return self.path.with_name(f"{self.path.name}.part")

    def measure(self) -> None:
        """See how much has come."""
        try:
            self.size = (self.part if self.state == "running" else self.path).stat().st_size
        except OSError:
            return


class Downloads:
    """All downloads since the start."""

    def __init__(
        self, command: Sequence[str], folder: Path, ended: Callable[[Download], None]
    ) -> None:
        """`ended` is called in the thread of a download, whatever became of it."""
        self.all: list[Download] = []
        self._command = command
        self._folder = folder
        self._ended = ended

    @property
    def running(self) -> list[Download]:
        """Those under way."""
        return [one for one in self.all if one.state == "running"]

    def start(self, enclosure: Enclosure, title: str) -> Download:
        """Begin one; raises `OSError` if the folder or the program cannot be used.

        Raises ValueError for an address that is not of the web. No file is written over.
        """
        url = safe_link(enclosure.url)
        if not url.startswith(("http:", "https:")):
            raise ValueError("its address is not of the web")
        self._folder.mkdir(parents=True, exist_ok=True)
        taken = {one.path for one in self.running}
        path = free_path(self._folder, file_name(enclosure, title), taken)
        download = Download(clean_line(title) or path.name, url, path, enclosure.length)
        argv = fill(self._command, url=url, title=title, file=str(download.part))
        download.process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.all.append(download)
        Thread(target=self._wait, args=(download,), name="download", daemon=True).start()
        return download

    def stop(self, download: Download) -> None:
        """End one; what came of it is thrown away."""
        if download.state == "running" and download.process is not None:
            download.state = "stopped"
            download.process.terminate()

    def stop_all(self) -> None:
        """End all, and wait a little for it."""
        for download in self.running:
            self.stop(download)
            if download.process is not None:
                try:
                    download.process.wait(timeout=_END_WAIT_S)
                except subprocess.TimeoutExpired:
                    download.process.kill()
            download.part.unlink(missing_ok=True)

    def _wait(self, download: Download) -> None:
        process = download.process
        assert process is not None
        assert process.stderr is not None
        # The last words of a program say why it failed; the rest may be long.
        said = b""
        while piece := process.stderr.read(4096):
            said = (said + piece)[-4096:]
        code = process.wait()
        if download.state == "stopped":
            download.part.unlink(missing_ok=True)
        elif code:
            lines = said.decode("utf-8", "replace").strip().splitlines()
            download.error = clean_line(lines[-1]) if lines else f"it ended with {code}"
            download.state = "failed"
            download.part.unlink(missing_ok=True)
        else:
            self._finish(download)
        self._ended(download)

    def _finish(self, download: Download) -> None:
        try:
            # Some downloaders name the file themselves; then there is nothing to rename.
            if download.part.exists():
                download.path = free_path(download.path.parent, download.path.name, set())
                download.size = download.part.stat().st_size
                download.part.rename(download.path)
        except OSError as error:
            download.state, download.error = "failed", error.strerror or str(error)
        else:
            download.state = "done"


def file_name(enclosure: Enclosure, title: str) -> str:
    """Return a name from the title and the ending of the address."""
    ending = Path(unquote(urlsplit(enclosure.url).path)).suffix
    if not ending[1:].isalnum() or not ending.isascii() or len(ending) > 6:
        ending = _ENDINGS.get(enclosure.type, "")
    return safe_filename(f"{clean_line(title)}{ending}", f"enclosure{ending}")


def free_path(folder: Path, name: str, taken: set[Path]) -> Path:
    """Return a path in the folder where there is no file yet: "talk (2).mp3"."""
    stem, ending = Path(name).stem, Path(name).suffix
    for number in count(1):
        path = folder / (name if number == 1 else f"{stem} ({number}){ending}")
        if path not in taken and not path.exists():
            return path
    raise AssertionError


def size_words(size: int) -> str:
    """Return a number of bytes as people read it: "12.3 MB"."""
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 999.5 or unit == "GB":
            return f"{amount:.0f} {unit}" if amount >= 100 else f"{amount:.1f} {unit}"
    raise AssertionError
