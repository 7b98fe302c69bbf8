"""`python -m feedreader` is the command `feedreader`."""

from feedreader.cli import main

main()
