"""Whether two entries of different feeds tell one story: few keys to find it, and a judgement.

Copies are found by keys that the store indexes (`story_keys`): one of the address, and some of
the text, MinHash values of its runs of words. Any copy of a text shares a run's least value with
a chance that is the share of runs that both have (Broder 1997), so a few values find it, however
many entries there are. A second set, of the beginning alone, finds the story that another feed
gives only the beginning of.

Who shares the key of an address tells one story; of those who share another, `is_copy` says it,
by the runs themselves. What other entries of the same feed say too (greetings, sponsors,
"appeared first on") is no sign of anything and left out of account: this is what tells a copy
from the next episode, release or list of links made by one template.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from rensa import RMinHash

from feedreader.core.canonical import canonical_address
from feedreader.core.text import UNSPACED

MOST_STORIES_PER_KEY: Final = 24
"""A key that so many stories share is a template's, and proposes nothing."""

_RUN: Final = 4
"""Words."""
_WORDS_INDEXED: Final = 200
_WORDS_OF_BEGINNING: Final = 32
_LEAST_WORDS: Final = 12
"""A shorter text says too little of what it tells."""
_WORDS_COMPARED: Final = 3_000
_LONGEST_WORD: Final = 7
"""Characters with a space, on the average: more of a text is not looked at."""
_VALUES: Final = 4
_VALUES_OF_BEGINNING: Final = 2
_SEED: Final = 2005
_OF_ADDRESS: Final = 1 << 62

_SIBLINGS_ENOUGH: Final = 3
_SAME_STORY: Final = 0.95
_LEAST_RUNS: Final = 8
_RUNS_OF_LONG: Final = 30
_LEAST_SHARE: Final = 0.5
_LEAST_SHARE_OTHERWISE: Final = 0.65
_MORE_OF_SHORT: Final = 0.2

_WESTERN: Final = "cp1252"
"""Most texts can be written in it, and then bytes are looked up instead of characters."""
_EVENED: Final = "".join(
    char.lower() if (char := bytes([code]).decode(_WESTERN, "replace")).isalnum() else " "
    for code in range(256)
).encode(_WESTERN)
_QUOTES: Final = "'’".encode(_WESTERN)
# Compiled when they are used: few texts need them, and that takes as long as to read a feed.
_WORD: Final = r"[^\W_]+"
_WORD_OR_SIGN: Final = rf"{UNSPACED}|(?:(?!{UNSPACED})[^\W_])+"


@dataclass(frozen=True, slots=True)
class Telling:
    """One feed's entry, as it is compared with that of another."""

    title: str
    runs: Sequence[str]
    """Its text, as runs of words in order."""
    furniture: frozenset[str] = frozenset()
    """Runs of words that other entries of the feed have as well: no sign of anything."""


def make_telling(title: str, text: str, siblings: Sequence[str] = ()) -> Telling:
    """Return an entry as it is compared; `siblings` are texts of other entries of its feed."""
    runs = _runs_compared(text)
    mine = frozenset(runs)
    seen: Counter[str] = Counter()
    for sibling in siblings:
        common = mine.intersection(_runs_compared(sibling))
        if len(common) < _SAME_STORY * len(mine):  # a feed may give a story twice
            seen.update(common)
    # Of two siblings one is evidence enough; of many, it takes two to make a habit.
    least = 1 if len(siblings) < _SIBLINGS_ENOUGH else 2
    furniture = frozenset(run for run, count in seen.items() if count >= least)
    return Telling(title, runs, furniture)


def is_copy(one: Telling, other: Telling) -> bool:
    """Say by their texts whether two entries of different feeds tell one story."""
    furniture = one.furniture | other.furniture
    mine = [run for run in one.runs if run not in furniture]
    others = [run for run in other.runs if run not in furniture]
    both = frozenset(mine).intersection(others)
    least = min(len(set(mine)), len(set(others)))
    if least < _LEAST_RUNS or not _begin_alike(both, *sorted((mine, others), key=len)):
        return False
    wanted = _LEAST_SHARE if _are_alike(one.title, other.title) else _LEAST_SHARE_OTHERWISE
    if least < _RUNS_OF_LONG:
        wanted += _MORE_OF_SHORT
    return len(both) >= wanted * least and not _numbers_differ(one.title, other.title)


def _begin_alike(both: frozenset[str], shorter: Sequence[str], longer: Sequence[str]) -> bool:
    """Say whether what two texts share is where they begin.

    A copy may have a photographer's name in front of it, but not each of two. What is much longer
    must begin with the shorter: else it is a digest that has this story among others.
    """
    if len(longer) > 2 * len(shorter):
        return _are_in(both, longer[: len(shorter)])
    return any(_are_in(both, one[: max(_LEAST_RUNS, len(one) // 3)]) for one in (shorter, longer))


def _are_in(both: frozenset[str], runs: Sequence[str]) -> bool:
    """Say whether half of some runs or more are among those that both texts have."""
    return sum(run in both for run in runs) * 2 >= len(runs)


def _are_alike(title: str, other: str) -> bool:
    mine, others = set(find_words(title)), set(find_words(other))
    return len(mine & others) * 2 > max(len(mine), len(others))


def _numbers_differ(title: str, other: str) -> bool:
    """Say whether two titles are alike but for their numbers: other issues of one series."""
    mine, others = set(find_words(title)), set(find_words(other))
    my_numbers, other_numbers = (
        {word for word in words if any(map(str.isdigit, word))} for words in (mine, others)
    )
    if my_numbers <= other_numbers or other_numbers <= my_numbers:
        return False
    mine, others = mine - my_numbers, others - other_numbers
    return len(mine & others) * 2 >= max(len(mine), len(others))


def story_keys(links: Iterable[str], text: str) -> tuple[int, ...]:
    """Return the keys by which copies of an entry are found, of 63 bits; none if nothing tells."""
    keys = [_address_key(address) for link in links if (address := canonical_address(link))]
    words = _first_words(text, _WORDS_INDEXED)
    if len(words) >= _LEAST_WORDS:
        runs = list(_runs(words))
        keys += _least_values(runs, _VALUES, 1)
        beginning = runs[: _WORDS_OF_BEGINNING - _RUN + 1]
        keys += _least_values(beginning, _VALUES_OF_BEGINNING, 1 + _VALUES)
    return tuple(dict.fromkeys(keys))


def is_of_address(key: int) -> bool:
    """Say whether a key stands for an address: those who share it need no look at their texts."""
    return key >= _OF_ADDRESS


def find_words(text: str) -> list[str]:
    """Return the words of a text as they compare: case, quotes and punctuation do not count.

    In scripts without spaces each sign is a word.
    """
    try:
        return text.encode(_WESTERN).translate(_EVENED, _QUOTES).decode(_WESTERN).split()
    except UnicodeError:
        text = unicodedata.normalize("NFC", text).lower().replace("'", "").replace("’", "")
    return re.findall(_WORD_OR_SIGN if re.search(UNSPACED, text) else _WORD, text)


@lru_cache(maxsize=16)  # each copy of a feed is compared beside the same siblings
def _runs_compared(text: str) -> tuple[str, ...]:
    return tuple(_runs(_first_words(text, _WORDS_COMPARED)))


def _first_words(text: str, count: int) -> list[str]:
    return find_words(text[: count * _LONGEST_WORD])[:count]


def _runs(words: Sequence[str]) -> Iterable[str]:
    return map(" ".join, zip(*(words[start:] for start in range(_RUN)), strict=False))


def _address_key(address: str) -> int:
    digest = blake2b(address.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2 | _OF_ADDRESS


def _least_values(runs: list[str], count: int, first_number: int) -> list[int]:
    sketch = RMinHash(num_perm=count, seed=_SEED)
    sketch.update(runs)
    return [number << 32 | value for number, value in enumerate(sketch.digest(), first_number)]
