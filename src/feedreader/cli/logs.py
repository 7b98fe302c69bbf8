"""The log on stderr: what servers say is in it, so it is cleaned and masked like all output."""

from __future__ import annotations

import logging
import sys

from feedreader.core.text import clean_text
from feedreader.core.urls import mask_secrets


def start_log(*, in_detail: bool) -> None:
    """Let everything that logs write to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_SafeFormatter("%(asctime)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.DEBUG if in_detail else logging.INFO, handlers=[handler])


def keep_log_silent() -> None:
    """Let logs write nothing unless `start_log` was called: Python would, and as they are."""
    if not logging.root.handlers:
        logging.root.addHandler(logging.NullHandler())


class _SafeFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return clean_text(mask_secrets(super().format(record)))
