"""RSS, Atom and JSON Feed in the terminal: full stories, no duplicates, nothing lost."""

__version__ = "0.1.0"
