"""The registered filters: each finds one family of chaff. A new family is registered here and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dechaff.content.boilerplate import LearnedFilter
from dechaff.filters.evidence import script_cuts, unseen_scripts
from dechaff.filters.named import NamedFilter
from dechaff.filters.permalinks import find_permalinks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dechaff.page import Filter

_NAMED = (
    NamedFilter("ads", "ad slots and their labels, sponsored and affiliate labels, pleas to people who block ads"),
    NamedFilter(
        "scripts",
        "script, JSON, style, shortcode and template fragments that leaked into the text",
        script_cuts,
        unseen_scripts,
    ),
    NamedFilter("subscriptions", "newsletter, subscription, paywall, membership, donation, app and push prompts"),
    NamedFilter("credits", "translators, photographers, agencies, editors; they come back as Cleaned.credits"),
    NamedFilter("sharing", "share, follow, print and e-mail bars, like counters"),
    NamedFilter("consent", "cookie and privacy notices"),
    NamedFilter("navigation", "skip links, breadcrumbs, menus, pagination, search and log-in prompts", find_permalinks),
    NamedFilter("related", "links to other texts: read more, most read, recommended"),
    NamedFilter("comments", "comment prompts, counters and forms"),
    NamedFilter("legal", "copyright lines, terms, disclaimers, imprints"),
    NamedFilter("authors", "about-the-author boxes and bylines"),
)

REGISTRY: Mapping[str, Filter] = {found.name: found for found in (*_NAMED, LearnedFilter())}
"""Every filter that `Cleaner()` runs, by name."""
