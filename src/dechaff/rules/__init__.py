"""A user's own rules: files of phrases, names and selectors, and two public formats (`docs/rules.md`).

Rules are data. Nothing in them is executed, and a bad one stops no other: `Rules.problems` says which, where and why.
"""

from dechaff.rules.book import Rules

__all__ = ["Rules"]
