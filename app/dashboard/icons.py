"""Icons of 16 by 16, drawn with lines; each stands beside a word, but for copy, close and theme."""

from markupsafe import Markup

_PATHS = {
    "check": "M3 8.5 6.4 12 13 4.5",
    "cross": "M4 4l8 8M12 4l-8 8",
    "warn": "M8 2.2 14.4 13.4H1.6ZM8 6.4v3.2M8 11.6v.1",
    "clock": "M8 2a6 6 0 1 0 .01 0M8 4.8V8l2.2 1.6",
    "back": "M6 3 2.6 6.4 6 9.8M3 6.4h6.2a3.8 3.8 0 0 1 0 7.6H6.4",
    "share": "M8 9.6V2.4M5 5l3-2.8L11 5M3 9v4.2h10V9",
    "flame": "M8 1.8c.6 2.6 3.8 4 3.8 7.4a3.8 3.8 0 0 1-7.6 0c0-1.6.8-2.4 1.6-3.4l1.4 1.6Z",
    "copy": "M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3",
    "theme": "M8 2.5a5.5 5.5 0 1 0 .01 0M8 2.5v11",
    "menu": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    "wallet": "M2.5 4.5h10a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-10ZM2.5 4.5 10.5 2.4v2.100M10.600 9h2.900",
    "down": "M8 2.4v7.400M4.800 7 8 10 11.200 7M2.800 13.4h10.400",
    "calendar": "M2.5 4h11v9.500h-11ZM2.5 7h11M5.5 2.4V5M10.5 2.4V5",
    "search": "M7 2.5a4.5 4.5 0 1 0 .01 0M10.300 10.300 13.6 13.6",
    "file": "M4 2.5h5l3 3v8H4ZM9 2.5v3h3",
    "pause": "M5.5 3.500v9M10.5 3.500v9",
    "dot": "M8 6.500a1.500 1.500 0 1 0 .01 0",
    "sent": "M2.600 8 13.4 3 10.600 13.200 7.400 9.400Z",
    "table": "M2.5 3h11v10h-11ZM2.5 6.400h11M2.5 9.700h11M6.400 6.400V13",
    "none": "M3.4 3.4l9.200 9.200M8 2.5a5.5 5.5 0 1 0 .01 0",
}


def icon(name: str) -> Markup:
    """An icon by its name; readers of screens do not hear of it."""
    return Markup('<svg class="i" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>').format(_PATHS[name])
