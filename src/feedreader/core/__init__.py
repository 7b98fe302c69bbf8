"""Decisions and transformations without network, disk, SQL, clock or threads."""
