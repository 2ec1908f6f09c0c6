"""Whether the demo stands. It is made in one transaction, so it stands complete or not at all."""

from leadcrm.demo.logins import ACCOUNTS
from leads.models import Campaign
from users.models import User

LAST_YEAR, THIS_YEAR, RUNNING = "oecd-study-last-year", "oecd-study", "always-on"


def is_complete() -> bool:
    """Whether this database holds the demo."""
    campaigns = Campaign.objects.filter(slug__in=[LAST_YEAR, THIS_YEAR, RUNNING]).count()
    return campaigns == 3 and User.objects.filter(email=ACCOUNTS[0].email).exists()
