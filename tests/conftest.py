"""What holds for all tests.

Hypothesis tries the same examples in every run, so that a red run can be repeated; `--hypothesis-seed` tries others.
"""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
