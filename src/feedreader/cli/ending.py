"""How a run of the program ends: errors in words on stderr, and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable

from feedreader.cli.moments import heed_time_zone
from feedreader.cli.output import drop_stdout, note, prepare_streams
from feedreader.cli.stopping import Stopped, ending_cleanly
from feedreader.errors import DatabaseDamaged, FeedreaderError, QueryError, RefreshRunning

DONE, FAILED, USAGE, ALL_FAILED, RUNNING = 0, 1, 2, 3, 75
"""Exit codes; 75 is EX_TEMPFAIL of sysexits.h: try again later."""

INTERRUPTED = 130
_PIPE_CLOSED = 141


def run_to_the_end(action: Callable[[], int]) -> int:
    """Run an action and return its exit code, or that of what stopped it, told in words."""
    prepare_streams()
    try:
        heed_time_zone()
        code = _run(action)
        sys.stdout.flush()
    except BrokenPipeError:
        drop_stdout()
        return _PIPE_CLOSED
    except OSError as error:  # a full disk behind stdout, for one
        drop_stdout()
        note(f"feedreader: {error.filename or 'the output'}: {error.strerror}")
        return FAILED
    return code


def _run(action: Callable[[], int]) -> int:
    try:
        with ending_cleanly():
            return action()
    except QueryError as error:
        from feedreader.core.query import point_at

        hint = f" ({error.hint})" if error.hint else ""
        note(f"feedreader: {error.message}{hint}")
        for line in point_at(error).splitlines():
            note(f"  {line}")
        return USAGE
    except RefreshRunning as error:
        note(f"feedreader: {error}; --wait waits for it")
        return RUNNING
    except DatabaseDamaged as error:
        note(f"feedreader: {error}; `feedreader check --repair` saves what can be saved")
        return FAILED
    except FeedreaderError as error:
        note(f"feedreader: {error}")
        return FAILED
    except Stopped as error:
        return error.code
    except KeyboardInterrupt:
        note("")
        return INTERRUPTED
