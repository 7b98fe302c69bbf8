"""Hostile and merely broken text and HTML, for tests of what must withstand it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import feedparser
from hypothesis import strategies as st

CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)
HTML_BITS = st.sampled_from(
    re.split(
        r"[|\n]",
        """<p>|</p>|<b>|</b>|<a href="/x">|<a href='javascript:x'>|</a>|<img src=/i.png alt='a"<b'>
<img data-src=x>|<img srcset="a 1x, b 2x" width=1>|<ul>|<li>|</ul>|<ol start=3>|</ol>|<table>
<tr>|<td>|<th>|</table>|<td colspan=3>|<pre>|</pre>|<code class="language-x">|</code>|<q cite=x>
<blockquote>|</blockquote>|<h1>|</h1>|<h3 id=q>|</h3>|<a href=#q>|<sup>|</sup>|<br>|<hr>|<!--|-->
<script>|</script>|<iframe src=//v.example/>|</iframe>|<video>|</video>|<source src=/v.mp4>
<math alttext="x<y">|<math>|<mi>|</mi>|<msup>|</msup>|<mfrac>|<annotation>|</math>
<svg>|</svg>|<style>|</style>|<textarea>
<details>|<summary>|</details>|<dl>|<dt>|<dd>|</dl>|<figure>|<figcaption>|<input type=checkbox>
<template>|<select>|<option>|<object data=x>|</object>|<embed src=/e>|<noscript>|<ruby>|<rt>|<del>
&#27;|&#x9b;|&#x202e;|&amp;lt;|&nbsp;|&quot;|<|>|"|'|&|字|é|\u0301|👩\u200d👧|א|\x1b[31m|\x00
|word|words and words""",
    )
)
HTML = st.lists(HTML_BITS | st.text(max_size=5), max_size=40).map("".join) | st.text()


def bodies(path: Path) -> list[tuple[str, str]]:
    """The (title, body) pairs of a feed file, as sent."""
    parsed = feedparser.parse(
        io.BytesIO(path.read_bytes()), sanitize_html=False, resolve_relative_uris=False
    )
    return [
        (
            entry.get("title", ""),
            (entry.get("content") or [{}])[0].get("value") or entry.get("summary", ""),
        )
        for entry in parsed.entries
    ]
