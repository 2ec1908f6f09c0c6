"""What somebody saw before they change it, in a few characters: so that nobody overwrites what they have not seen.

Who looked at nothing, a command say, gives None. What is gone has no characters of its own: GONE.
"""

import hashlib
import json
from typing import Any

GONE = "gone"


class ChangedMeanwhile(Exception):
    """What is to be changed, approved or published is not any more what the person looked at."""


def digest(content: Any) -> str:
    """A thing in a few characters; the order in which a dictionary names its keys says nothing."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def check_seen(seen: str | None, stands: str, text: str) -> None:
    """Raise ChangedMeanwhile, with the text, where somebody saw something other than what stands now."""
    if seen is not None and seen != stands:
        raise ChangedMeanwhile(text)
