"""Which function reads which element, by name (see names.py)."""

from __future__ import annotations

from typing import Final

from feedreader.core.quick import elements as read
from feedreader.core.quick import skipped
from feedreader.core.quick.elements import Handler
from feedreader.core.quick.media import MEDIA
from feedreader.core.quick.names import IGNORED

_COMMON: Final[dict[str, Handler]] = {
    **dict.fromkeys(IGNORED, skipped.skip),
    **dict.fromkeys(("title", "dc_title"), read.read_title),
    "link": read.read_link,
    **dict.fromkeys(("guid", "id"), read.read_guid),
    **dict.fromkeys(("pubdate", "published", "issued", "dcterms_issued"), read.read_published),
    **dict.fromkeys(
        ("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), read.read_updated
    ),
    "date": read.plain_reader("updated"),
    **dict.fromkeys(("created", "dcterms_created"), read.read_created),
    **dict.fromkeys(
        ("author", "dc_author", "dc_creator", "itunes_author", "managingeditor"), read.read_author
    ),
    **dict.fromkeys(("subtitle", "tagline", "itunes_subtitle"), read.read_subtitle),
    "itunes_title": read.plain_reader("itunes_title"),
    "itunes_summary": read.read_itunes_summary,
    **dict.fromkeys(("language", "dc_language"), read.read_language),
    **dict.fromkeys(("itunes_image", "itunes_link"), read.read_itunes_image),
    **dict.fromkeys(("contributor", "dc_contributor"), skipped.skip_person),
    **dict.fromkeys(
        ("rights", "copyright", "dc_rights", "info", "feedburner_browserfriendly"),
        skipped.skip_markup,
    ),
    **dict.fromkeys(("georss_where", "where"), skipped.skip_place),
    "psc_chapters": skipped.skip_chapters,
}
ENTRY: Final[dict[str, Handler]] = {
    **_COMMON,
    **MEDIA,
    **dict.fromkeys(("description", "dc_description"), read.read_description),
    "summary": read.read_summary,
    "content": read.read_content,
    **dict.fromkeys(("content_encoded", "fullitem"), read.read_encoded_content),
    **dict.fromkeys(("category", "keywords", "dc_subject"), read.read_category),
    "itunes_category": read.read_itunes_category,
    "itunes_keywords": read.read_keywords,
    "enclosure": read.read_enclosure,
    "comments": read.plain_reader("comments", is_address=True),
    "itunes_duration": read.plain_reader("duration"),
    "podcast_chapters": read.read_chapters,
    "source": skipped.skip_source,
    "image": skipped.skip_image,
    **dict.fromkeys(("ttl", "sy_updateperiod", "sy_updatefrequency", "logo", "icon"), skipped.skip),
}
FEED: Final[dict[str, Handler]] = {
    **_COMMON,
    **dict.fromkeys(("description", "dc_description"), read.read_feed_description),
    "content_encoded": read.read_feed_content,
    "itunes_category": skipped.skip_categories,
    "itunes_owner": read.read_owner,
    "image": read.read_feed_image,
    "textinput": read.skip_text_input,
    "skiphours": read.read_skip_hours,
    "skipdays": read.read_skip_days,
    "logo": read.plain_reader("logo", is_address=True),
    "icon": read.plain_reader("icon", is_address=True),
    "ttl": read.plain_reader("ttl"),
    "sy_updateperiod": read.plain_reader("update_period"),
    "sy_updatefrequency": read.plain_reader("update_frequency"),
    **dict.fromkeys(
        (
            *("category", "keywords", "dc_subject", "itunes_keywords", "comments"),
            *("itunes_duration", "podcast_chapters", "media_thumbnail", "media_category"),
            *("media_keywords", "media_credit", "media_rating", "media_license"),
            "media_restriction",
        ),
        skipped.skip,
    ),
}
