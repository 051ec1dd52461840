"""What the pages of one site have in common, learned from some of them."""

from dechaff.sites.grouping import explain_site
from dechaff.sites.profile import SiteProfile, SiteProfiles, own_host, site_of

__all__ = ["SiteProfile", "SiteProfiles", "explain_site", "own_host", "site_of"]
