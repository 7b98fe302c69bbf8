"""Dialogs over the panes. Each is imported when it is first opened."""
