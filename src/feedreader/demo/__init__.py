"""A small made-up web site on loopback, to show and to try the reader without the internet."""

from feedreader.demo.server import DemoSite

__all__ = ["DemoSite"]
