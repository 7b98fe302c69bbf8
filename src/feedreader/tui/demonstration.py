"""The reader on the demonstration site, with a database that is thrown away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from feedreader.config import Config
from feedreader.demo import DemoSite
from feedreader.errors import FeedreaderError
from feedreader.reader import Reader


def run_demonstration(config: Config) -> None:
    """Serve the site and show it until the user quits.

    Raises `FeedreaderError` if it cannot be served on this computer.
    """
    from feedreader.tui.app import ReaderApp

    try:
        site = DemoSite(live=True)
    except OSError as error:
        raise FeedreaderError(f"cannot serve the demonstration site: {error.strerror}") from error
    # The server is our own: nobody is spared by a pause.
    settings = replace(config.refresh, host_pause_s=0)
    with site, TemporaryDirectory(prefix="feedreader-demo-") as folder:
        database = Path(folder) / "demo.db"

        def open_reader() -> Reader:
            return Reader(database, refresh_settings=settings, site_rules=config.site_rules)

        with open_reader() as reader:
            reader.import_list(site.opml())
        app = ReaderApp(open_reader, config, state_file=Path(folder) / "screen.json")
        app.run(mouse=config.ui.mouse)
