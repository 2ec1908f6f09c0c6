"""What a user agent says of who asks: a person's program, a proxy that asks for them, or a machine.

crawlerdetect knows the crawlers of the web. It does not know all that check mails, and takes some programs of people
for crawlers: both lists stand here.
"""

import re
from enum import StrEnum
from functools import lru_cache

from crawlerdetect import CrawlerDetect  # type: ignore[import-untyped]

LONGEST = 300  # of an agent's name, as it is stored


class Asker(StrEnum):
    """Who loads a picture or follows a link, as far as the agent's name says."""

    PERSON = "person"
    IMAGE_PROXY = "image_proxy"  # loads pictures when a person opens the mail
    PRELOADER = "preloader"  # loads pictures whether or not anybody opens the mail
    MACHINE = "machine"
    NOBODY = "nobody"  # no name at all


# Loads on opening, says both: Gmail and Yahoo fetch a picture when the mail is displayed.
_IMAGE_PROXY = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)
# The whole name Apple's Mail Privacy Protection gives; it loads every picture of every mail at some time.
_PRELOADER = re.compile(r"Mozilla/5\.0")
# Gateways that follow the links of a mail before or after it is delivered, previews of messengers, headless browsers.
_SCANNER = re.compile(
    r"barracuda|proofpoint|mimecast|ciscosecureemail|ironport|\btmes\b|trend ?micro|urlanalyzer|safelinks|"
    r"fireeye|trellix|forcepoint|messagelabs|symantec|sophos|zscaler|fortimail|fortiguard|mailguard|hornetsecurity|"
    r"spamtitan|cloudmark|checkpoint|vade ?secure|avanan|darktrace|area ?1|agari|ironscales|egress|libraesva|"
    r"retarus|bitdefender|kaspersky|eset[ /]|"
    r"bingpreview|skypeuripreview|microsoftpreview|headlesschrome|phantomjs|puppeteer|playwright|selenium|"
    r"google-safety|virustotal|urlscan",
    re.IGNORECASE,
)
# Outlook names itself beside the suite; the suite alone is Defender that rewrites and checks links.
_SUITE_ALONE = re.compile(
    r"(?!.*(?:Outlook|Microsoft (?:Office|Word|Excel|PowerPoint)|MSIE|ms-office)).*MSOffice", re.IGNORECASE
)
# Programs in which people read mail and follow links, and that crawlerdetect takes for crawlers by a part of the name.
_PROGRAM = re.compile(
    r"Microsoft (?:Office|Outlook)|Outlook-(?:iOS|Android|Express)|Slack_SSB|Electron/|QtWebEngine|AmigaVoyager|"
    r"NCSA_Mosaic|Lynx/|LibWWW/\d[\d.]* \(Linux; Android|MozacFetch|NetworkingExtension|fuboTV|"
    # Add-ons and skins of browsers that sit among the names of real ones.
    r"GTB\d|Banca Caboto|TSM-turingos|turbotabbee|\bYLT Chrome/|Safari/[\d.]+ GTmetrix$|"
    r"^Mozilla/5\.0 \(compatible; Yahoo! Slurp\)$"
)

_CRAWLERS = CrawlerDetect()


@lru_cache(maxsize=8192)
def asker(agent: str) -> Asker:
    """Who asks by this name."""
    agent = agent[:LONGEST].strip()
    if not agent:
        return Asker.NOBODY
    if _IMAGE_PROXY.search(agent):
        return Asker.IMAGE_PROXY
    if _PRELOADER.fullmatch(agent):
        return Asker.PRELOADER
    if _SCANNER.search(agent) or _SUITE_ALONE.match(agent):
        return Asker.MACHINE
    if _PROGRAM.search(agent):
        return Asker.PERSON
    return Asker.MACHINE if _CRAWLERS.isCrawler(agent) else Asker.PERSON
