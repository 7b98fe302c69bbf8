"""Our own colours: light, dark, high contrast, and the terminal's sixteen."""

from __future__ import annotations

from typing import Final

from textual.color import Color
from textual.theme import Theme

from feedreader.model.words import COLOURS

DEFAULT: Final = "default"
"""Light or dark as the terminal is."""

LIGHT: Final = "feedreader-light"
DARK: Final = "feedreader-dark"
CONTRAST: Final = "feedreader-contrast"
SIXTEEN: Final = "feedreader-16"

# muted: what is read, dates. faint: rules, bars. cursor: the row of the pane in use.
_DARK = Theme(
    name=DARK,
    primary="#e8a15a",
    secondary="#8fb3c9",
    accent="#e8a15a",
    warning="#e0b450",
    error="#e5776f",
    success="#8fbf7f",
    foreground="#d8d6d0",
    background="#17181b",
    surface="#1e2024",
    panel="#292c31",
    boost="#24262b",
    dark=True,
    variables={
        "muted": "#8c8b86",
        "faint": "#3d3f45",
        "block-cursor-background": "#463624",
        "block-cursor-foreground": "#fdf6ec",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#292c31",
        "block-cursor-blurred-foreground": "#d8d6d0",
        "scrollbar": "#3d3f45",
        "scrollbar-hover": "#5a5c62",
        "scrollbar-active": "#e8a15a",
        "scrollbar-background": "#17181b",
        "scrollbar-background-hover": "#17181b",
        "scrollbar-background-active": "#17181b",
        "scrollbar-corner-color": "#17181b",
        "input-selection-background": "#6b4f2e",
        "border": "#e8a15a",
        "border-blurred": "#3d3f45",
        "footer-background": "#1e2024",
    },
)
_LIGHT = Theme(
    name=LIGHT,
    primary="#a8480a",
    secondary="#2f6580",
    accent="#a8480a",
    warning="#8a6100",
    error="#b3261e",
    success="#3c6e2f",
    foreground="#2a2824",
    background="#fbf9f4",
    surface="#f3f0e8",
    panel="#e8e3d7",
    boost="#efebe1",
    dark=False,
    variables={
        "muted": "#736e63",
        "faint": "#d3ccbd",
        "block-cursor-background": "#f4d9bd",
        "block-cursor-foreground": "#231a10",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#e8e3d7",
        "block-cursor-blurred-foreground": "#2a2824",
        "scrollbar": "#d3ccbd",
        "scrollbar-hover": "#b5ad9b",
        "scrollbar-active": "#a8480a",
        "scrollbar-background": "#fbf9f4",
        "scrollbar-background-hover": "#fbf9f4",
        "scrollbar-background-active": "#fbf9f4",
        "scrollbar-corner-color": "#fbf9f4",
        "input-selection-background": "#f0c79c",
        "border": "#a8480a",
        "border-blurred": "#d3ccbd",
        "footer-background": "#f3f0e8",
    },
)
_CONTRAST = Theme(
    name=CONTRAST,
    primary="#ffd400",
    secondary="#7fdfff",
    accent="#ffd400",
    warning="#ffd400",
    error="#ff8c82",
    success="#7dff7d",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    boost="#202020",
    dark=True,
    variables={
        "muted": "#d0d0d0",
        "faint": "#909090",
        "block-cursor-background": "#ffd400",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#404040",
        "block-cursor-blurred-foreground": "#ffffff",
        "scrollbar": "#909090",
        "scrollbar-hover": "#ffffff",
        "scrollbar-active": "#ffd400",
        "scrollbar-background": "#000000",
        "scrollbar-background-hover": "#000000",
        "scrollbar-background-active": "#000000",
        "scrollbar-corner-color": "#000000",
        "input-selection-background": "#606000",
        "border": "#ffd400",
        "border-blurred": "#909090",
        "footer-background": "#000000",
    },
)
_SIXTEEN = Theme(
    name=SIXTEEN,
    ansi=True,
    primary="ansi_yellow",
    secondary="ansi_cyan",
    accent="ansi_yellow",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "muted": "ansi_bright_black",
        "faint": "ansi_bright_black",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "block-cursor-background": "ansi_yellow",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "ansi_bright_black",
        "block-cursor-blurred-foreground": "ansi_bright_white",
        "scrollbar": "ansi_bright_black",
        "scrollbar-hover": "ansi_white",
        "scrollbar-active": "ansi_yellow",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
        "scrollbar-corner-color": "ansi_default",
        "input-cursor-background": "ansi_white",
        "input-cursor-foreground": "ansi_black",
        "input-selection-background": "ansi_yellow",
        "input-selection-foreground": "ansi_black",
        "border": "ansi_yellow",
        "border-blurred": "ansi_bright_black",
        "footer-background": "ansi_default",
    },
)

OWN_THEMES: Final = (_DARK, _LIGHT, _CONTRAST, _SIXTEEN)


_HIGHLIGHTS: Final = {
    "light": ("#b3261e", "#a8480a", "#7a5c00", "#3c6e2f", "#1f5fa8", "#7a3fa8"),
    "dark": ("#f08a80", "#eba45c", "#e6cc5a", "#98cc86", "#86b8ec", "#cba4f0"),
    "ansi": (
        *("ansi_red", "ansi_bright_red", "ansi_yellow"),
        *("ansi_green", "ansi_blue", "ansi_magenta"),
    ),
}
"""The colours that rules name, in the order of `COLOURS`, as they can be read on each paper."""


def own_variables(theme: Theme) -> dict[str, str]:
    """Return the colours that our screens need and themes of others do not name."""
    paper_kind = "ansi" if theme.ansi else "dark" if theme.dark else "light"
    own = {
        f"highlight-{name}": colour
        for name, colour in zip(COLOURS, _HIGHLIGHTS[paper_kind], strict=True)
    }
    if "muted" in theme.variables:
        return own
    if theme.ansi:
        return own | {"muted": "ansi_bright_black", "faint": "ansi_bright_black"}
    colours = theme.to_color_system().generate()
    paper, ink = Color.parse(colours["background"]), Color.parse(colours["foreground"])
    return own | {"muted": paper.blend(ink, 0.6).hex, "faint": paper.blend(ink, 0.22).hex}
