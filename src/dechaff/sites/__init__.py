"""What the pages of one site have in common, learned from some of them."""

from dechaff.sites.grouping import explain_site, own_host
from dechaff.sites.profile import SiteProfile, SiteProfiles, host_of

__all__ = ["SiteProfile", "SiteProfiles", "explain_site", "host_of", "own_host"]
