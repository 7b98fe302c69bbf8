"""What of a story's text changes by itself, and so says nothing of its author: left out here.

Counters ("5 comments", "▲ 12"), ages ("2 hours ago"), reading times, stamps of the fetch, notices
of advertising, and blocks of other stories. All of them stand in lines or parts of lines of their
own: running prose is never touched, so that a corrected figure ("14 dead") stays a correction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from feedreader.core.text import UNSPACED
from feedreader.core.urls import host_of

_LONGEST_NOTE: Final = 120
"""Characters of a part of a line that may be a counter or an age; prose is longer."""
_MOST_OTHER_WORDS: Final = 6
"""Beside a counter or an age, as in "By Ann Smith in News, 5 comments"."""
_MOST_LOOKS: Final = 1_000
"""So many parts of a text are looked at for counters; a story has few, a hostile text is all."""
_LONGEST_FULL_NOTE: Final = 10
"""Words of a sentence that may be nothing but counters."""
_LONGEST_TITLE: Final = 20
"""Words of a line that may be the title of another story."""

# One letter for what is written in several ways.
_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‛′´`", "'"),
        **dict.fromkeys("“”„‟″«»‹›", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "…": "...",
        "\t": " | ",
        "\ufe0f": "",
    }
)
_PART_ENDS: Final = re.compile(
    r" (?:[|·•‣▪■►/-]++ )++|(?<=[.!?。！？])(?<![Mm]in\.|[Ss]td\.|Mrs\.) "
)
_WORD: Final = re.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})\S)+")
_LETTER: Final = re.compile(r"\w")
_WEB_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_PICTURE_NAME: Final = re.compile(r"\S+\.(?:jpe?g|png|gif|webp|avif|svg)", re.IGNORECASE)
_PLAYER: Final = re.compile(r"▶ (?:Video|Audio|Embedded) at \S+")

# Whatever repeats is possessive: a stranger's text must not make these patterns go back and forth.
_NUMBER: Final = r"(?<![\d.,])\d++(?:[.,' ]\d{3}(?!\d))*+(?:[.,]\d++)?+\s?(?:[kKmM]\b)?+\+?+"
_COUNTED: Final = r"""(?:comments?|repl(?:y|ies)|responses?|views?|reads?|hits|clicks|shares?|likes?
    |upvotes?|claps?|reactions?|retweets?|reposts?|boosts?|bookmarks?|downloads?|plays|listens
    |followers?|subscribers?|readers?
    |kommentare?|antworten|aufrufe|leser|commentaires?|réponses?|vues|partages
    |comentarios?|respuestas|visitas|vistas|comentários?|respostas|commenti|risposte|visualizzazioni
    |reacties|weergaven|kommentarer|visninger|komentarz[ey]?|комментари[йяев]+|просмотр(?:ов|а)?
    |条评论|件のコメント|次浏览|次阅读|댓글|개의 댓글)"""
_UNITS: Final = r"""(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?
    |mos?|months?|y|yrs?|years?)"""
_INCIDENTAL: Final = re.compile(
    rf"""
    # reading times
      (?:about|approx\.?|ca\.?|~)?\s*\d++(?:-\d++)?\s*-?\s*min(?:ute)?s?\.?\s*(?:to\s)?
        (?:read(?:ing\stime)?|lesezeit|de\slecture|de\slectura|di\slettura|de\sleitura|leestijd)
    | (?:(?:estimated|average)\s)?(?:reading\stime|time\sto\sread|lesezeit|temps\sde\slecture
        |tiempo\sde\slectura|tempo\sdi\slettura|tempo\sde\sleitura|leestijd|время\sчтения)
        :?\s*(?:about|approx\.?|ca\.?|~|<)?\s*\d++(?:-\d++)?\s*(?:min\w*|мин\w*|s\w*)?\.?
    # counters
    | {_NUMBER}\s?{_COUNTED}(?!\w)
    | (?<!\w)(?:no|one|zero|leave\sa|add\sa|keine?|aucun|sin)\s{_COUNTED}(?!\w)
    | (?<![\w'])(?:{_COUNTED}|points?|votes?|score|karma)\s?(?:[:=]\s?|[(\[]){_NUMBER}[)\]]?
    | [▲△⬆♥♡❤👍👎💬🔥⭐★☆👁🗨🔁🔄]\s?{_NUMBER}
    # ages
    | (?<!\w)(?:(?:about|almost|over|more\sthan|less\sthan)\s)?(?:\d++|an?|one)\s?{_UNITS}
        (?:\s\d++\s?{_UNITS})?\sago(?!\w)
    | (?<!\w)(?:just\snow|moments\sago|a\smoment\sago)(?!\w)
    | (?<!\w)vor\s(?:\d++|eine[rm]|wenigen)\s(?:sekunden?|min(?:uten?|\.)?|stunden?|std\.?
        |tag(?:en)?|wochen?|monat(?:en)?|jahr(?:en)?)(?!\w)
    | (?<!\w)il\sy\sa\s(?:\d++|une?)\s(?:secondes?|min(?:utes?)?|heures?|jours?|semaines?
        |mois|ans?)(?!\w)
    | (?<!\w)(?:hace|há|fa)\s(?:\d++|una?|uma?)\s(?:segundos?|min(?:utos?)?|horas?|d[ií]as?|semanas?
        |mes(?:es)?|meses|años?|anos?)(?!\w)
    | \d++\s(?:second[oi]|minut[oi]|or[ae]|giorn[oi]|settiman[ae]|mes[ei]|ann[oi])\sfa(?!\w)
    | \d++\s(?:seconden?|minuten|minuut|uur|uren|dagen|dag|weken|week|maanden|maand|jaar)\sgeleden
    | (?:för|for)\s\d++\s\w+\s(?:sedan|siden)(?!\w)
    | \d++\s(?:сек|мин|час|дн|ден|нед|мес|год|лет)\w*\.?\sназад
    | \d++\s?(?:秒|分钟|分|小时|時間|天|日|周|週間|か月|个月|年)前
    | \d++\s?(?:초|분|시간|일|주|개월|년)\s?전
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MAY_COUNT: Final = re.compile(
    r"\d|[▲△⬆♥♡❤👍👎💬🔥⭐★☆👁🗨🔁🔄▶]|\.[a-z]{3,4}$"
    r"|\b(?:no|one|zero|an?|just|moments|leave|add|keine?|eine[rm]|wenigen|aucun|une?|una?|uma?|sin)\b",
    re.IGNORECASE,
)
"""What every counter, age and stamp has some of."""
_MOMENT: Final = r"""(?>[\d:./,+TZ-]++(?!\w)|am|pm|a\.m\.|p\.m\.|uhr|utc|gmt
    |[cempw]e?s?t|at|on|of|the|um|am|à|le
    |(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]{0,7}\.?,?
    |(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?)"""
_STAMP: Final = re.compile(
    rf"""(?:(?:page|this\spage|feed|last|zuletzt|dernière|document)\s)?
    (?:updated?|modified|generated|retrieved|served|fetched|refreshed|rendered|cached|checked|built
    |as\sof|stand|aktualisiert|mise?\sà\sjour|actualizado|aggiornato|atualizado|обновлено)
    [\s:]{{1,3}}+{_MOMENT}(?:\s{_MOMENT}){{0,9}}+""",
    re.VERBOSE | re.IGNORECASE,
)
_AD: Final = re.compile(
    r"""(?:-\ *)?(?:advertis(?:e?ment|ing)|ad|ads|anzeige|werbung|publicité|publicidad|pubblicità
    |advertentie|annons|reklam[aey]?|реклама|広告|广告|廣告|광고)(?:\s-\s.{0,40}|[\s:.-]{0,3})
    | (?:-\ *)?(?:advertisement|anzeige|sponsor(?:ed)?|promoted|paid\spost)
    (?:\s(?:by|content|post))?(?::\s|\s-\s).{0,240}
    | (?:sponsored|promoted|presented|brought\sto\syou)\sby\s.{1,120}""",
    re.VERBOSE | re.IGNORECASE,
)
_OTHERS: Final = r"""(?:related|similar|recommended|further|additional)
        (?:\s(?:stor(?:y|ies)|articles?|posts?|content|reading|topics|coverage|links|news|reads|videos|items))?(?:\sfor\syou)?
    | (?:read|see|watch|also|must)\s(?:more|next|also|read|this|too)
    | (?:you\s(?:may|might)(?:\salso)?|you'll\salso)
        \s(?:like|enjoy|love|be\sinterested\sin)(?:\sthese)?
    | most\s(?:read|popular|viewed|shared|commented) | popular(?:\s(?:now|posts|stories|articles))?
    | trending(?:\snow|\sstories)? | top\s(?:stories|posts|reads) | (?:up|what\sto\sread)\snext
    | (?:latest|recent|other|more)\s(?:news|stories|posts|articles|episodes|headlines|like\sthis)
    | don't\smiss | editors?'?s?\s(?:picks|choice)
    | from\s(?:our\spartners|around\sthe\sweb|the\sweb)
    | sponsored(?:\s(?:content|links|stories))? | around\sthe\sweb | keep\sreading
    | mehr\szum\sthema | lesen\ssie\sauch | auch\sinteressant
    | das\skönnte\ssie\s(?:auch\s)?interessieren
    | à?\s?lire\saussi | sur\sle\smême\s(?:sujet|thème) | articles?\s(?:liés|similaires)
    | (?:artículos|noticias|entradas)\srelacionad[ao]s | te\spuede\sinteresar | lee\stambién
    | leggi\sanche | articoli\scorrelati | leia\s(?:também|mais) | artigos\srelacionados
    | lees\sook | meer\sover\s(?:dit|het)\sonderwerp | gerelateerde?\s\w+ | läs\sockså | les\sogså
    | czytaj\s(?:też|także|również) | читайте\s(?:также|ещё) | по\sтеме
    | 関連記事 | 相关(?:阅读|文章|新闻) | 관련\s?기사"""
_OTHER_STORIES: Final = re.compile(rf"(?:{_OTHERS})\s?[:.>»-]{{0,3}}", re.VERBOSE | re.IGNORECASE)
_OTHER_STORY: Final = re.compile(
    rf"(?:-\ )?[(\[]?(?:{_OTHERS})\s?[:>»-]\ .{{1,240}}", re.VERBOSE | re.IGNORECASE
)
_ENDS_SENTENCE: Final = (".", "!", "?", '."', '!"', '?"', ".'", "。", "！", "？", "。」")


def lasting_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of plain text as words with one space between them.

    What changes by itself is gone, and so is how quotes, dashes and bullets are written. Empty
    paragraphs are left out. The cost grows with the text alone.
    """
    return [words for _, words in lasting_lines(text)]


def lasting_lines(text: str) -> list[tuple[str, str]]:
    """Return the same paragraphs as pairs: as they stand in the text, and as their words."""
    looks = iter(range(_MOST_LOOKS))
    lines = ((line, " ".join(_lasting_words(even, looks))) for line, even in _own_lines(text))
    return [(line, words) for line, words in lines if words]


def lasting_title(title: str) -> str:
    """Return a title the same way; a counter in it must stand by itself, as in "(5 comments)"."""
    parts = re.split(r"[()\[\]|]", _evened(title))
    lasting = (part for part in parts if _INCIDENTAL.sub("", part).strip() or not part.strip())
    return " ".join(word for part in lasting for word in _words(part))


def _evened(line: str) -> str:
    line = line.translate(_ALIKE)
    if not line.isascii():
        line = unicodedata.normalize("NFC", line)
    return " ".join(line.split())


def _own_lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield the lines, as they are and evened, without advertising and titles of others."""
    is_among_others = False
    for raw in text.split("\n"):
        line = _evened(raw)
        if not line:
            continue
        if len(line) <= 2 * _LONGEST_NOTE:
            if is_among_others and _may_be_title(line):
                continue
            is_among_others = bool(_OTHER_STORIES.fullmatch(line.removeprefix("- ")))
            if is_among_others or _AD.fullmatch(line) or _OTHER_STORY.fullmatch(line):
                continue
        else:
            is_among_others = False
        yield raw, line


def _may_be_title(line: str) -> bool:
    """Say whether a line below "Related stories" is one of these, not the text that goes on."""
    words = line.split()
    return len(words) <= _LONGEST_TITLE and (
        line.startswith("- ") or not line.endswith(_ENDS_SENTENCE)
    )


def _lasting_words(line: str, looks: Iterator[int]) -> Iterator[str]:
    for part in _PART_ENDS.split(line):
        is_short = len(part) <= _LONGEST_NOTE
        if is_short and _MAY_COUNT.search(part) and next(looks, None) is not None:
            part = _without_incidental(part)
        yield from _words(part)


def _words(part: str) -> Iterator[str]:
    for word in part.split() if part.isascii() else _WORD.findall(part):
        if word[0].isalnum() or _LETTER.search(word):
            yield _evened_address(word)


def _without_incidental(part: str) -> str:
    """Return a part of a line without counters and ages, if it is no prose."""
    if (
        _STAMP.fullmatch(part.rstrip(".!"))
        or _PLAYER.fullmatch(part)
        or _PICTURE_NAME.fullmatch(part)
    ):
        return ""
    if part.endswith(_ENDS_SENTENCE) and part.count(" ") > _LONGEST_FULL_NOTE:
        return part
    rest = _INCIDENTAL.sub(" ", part)
    if rest == part:
        return part
    others = [word for word in rest.split() if _LETTER.search(word)]
    is_prose = part.endswith(_ENDS_SENTENCE) and others
    return part if is_prose or len(others) > _MOST_OTHER_WORDS else rest


def _evened_address(word: str) -> str:
    """Return an address that stands in the text without what may differ at each fetch."""
    if ":" not in word and not word.startswith("www."):
        return word
    found = _WEB_ADDRESS.search(word)
    if found is None:
        return word
    url = found[0] if "://" in found[0] else f"http://{found[0]}"
    path = url.partition("?")[0].partition("#")[0].split("/", 3)
    where = path[3].rstrip("/.,;:)'\"") if len(path) > 3 else ""
    return f"{host_of(url).removeprefix('www.')}/{where}"
