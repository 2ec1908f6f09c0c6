"""A first mapping, from the names of the columns; from what stands in them where they have no names."""

import re
from collections.abc import Mapping, Sequence

from capture.imports.mapping import FileMap, Target

_WORDS = {
    "email": "email emailaddress mail workemail primaryemail businessemail",
    "phone": "phone phonenumber telephone tel mobile mobilephone mobilephonenumber cell",
    "full_name": "name fullname contactname leadname",
    "first_name": "firstname givenname forename",
    "last_name": "lastname surname familyname",
    "job_title": "jobtitle position role",
    "buying_role": "buyingrole hsbuyingrole roleindecision",
    "company": "company companyname account accountname organization organisation employer associatedcompany",
    "company_domain": "website websiteurl domain companydomain companywebsite url",
    "company_employees": "employees numberofemployees companysize headcount",
    "company_industry": "industry sector",
    "country": "country countryregion countrycode",
    "external_id": "recordid contactid hsobjectid leadid externalid",
    "occurred_at": "createdate createddate createdtime createdat created dateadded submittedat captured",
    "channel": "leadsource source originalsource channel hsanalyticssource origin",
    "landing_page": "landingpage landingpageurl",
    "referrer": "referrer referer",
    "utm_source": "utmsource",
    "utm_medium": "utmmedium",
    "utm_campaign": "utmcampaign",
    "consent": "consent optin emailoptin marketingconsent gdprconsent subscribed",
    "opt_out": "optout optedout emailoptout donotemail donotcontact unsubscribed hasoptedoutofemail",
    "bounced": "emailbouncedreason hardbouncereason bouncereason",
    "is_test": "istest testlead",
}
_BY_NAME = {word: name for name, words in _WORDS.items() for word in words.split()}
# In exports of contacts the honorific is a title; where it is the job the name says so or it is Salesforce's.
_SYSTEMS = (
    ("salesforce", {"isdeleted", "systemmodstamp", "hasoptedoutofemail", "createdbyid"}),
    ("hubspot", {"recordid", "hsobjectid", "hsleadstatus", "hubspotscore", "associatedcompany", "hubspotownerid"}),
    ("meta", {"adsetid", "inboxurl", "isorganic"}),
    ("mautic", {"datelastactive", "points", "dateidentified"}),
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(p:)?\+[\d\s().-]{7,}")


def plain(name: str) -> str:
    """What spellings of a column's name share."""
    return re.sub(r"[\W_]+", "", name.casefold())


def guess(header: Sequence[str], samples: Mapping[str, Sequence[str]] | None = None) -> FileMap:
    """The likely mapping of a header; each field is given to one column."""
    names = {name: plain(name) for name in header}
    system = next((key for key, tells in _SYSTEMS if tells & set(names.values())), "file")
    columns: dict[str, Target] = {}
    for name, word in names.items():
        found = _of_system(system, word) or _BY_NAME.get(word, "")
        if found and found not in {target.field for target in columns.values()}:
            columns[name] = Target(found)
    for name, cells in (samples or {}).items():
        found = _by_content([cell for cell in cells if cell.strip()])
        if name not in columns and found and found not in {target.field for target in columns.values()}:
            columns[name] = Target(found)
    return FileMap(columns, system)


def _of_system(system: str, word: str) -> str:
    if system in ("salesforce", "meta") and word == "id":
        return "external_id"
    return "job_title" if system == "salesforce" and word == "title" else ""


def _by_content(cells: Sequence[str]) -> str:
    for pattern, name in ((_EMAIL, "email"), (_PHONE, "phone")):
        if cells and sum(pattern.fullmatch(cell.strip()) is not None for cell in cells) > 0.6 * len(cells):
            return name
    return ""
