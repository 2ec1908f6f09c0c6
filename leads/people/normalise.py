"""One spelling for each identity: addresses, phones, domains, company names."""

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

# The local part of nearly every address; anything else is left to the library.
_PLAIN_LOCAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")
_LEGAL_FORMS = re.compile(r"[\s,.]+(inc|ltd|llc|gmbh|corp|co|plc|ag|bv|sa|srl|oy|ab|בע\"מ|ооо)\.?$", re.IGNORECASE)


def normalise_email(text: str) -> str:
    """The address in lower case with an ASCII (IDNA 2008) domain. Raises ValueError with the reason."""
    local, _, domain = text.strip().rpartition("@")
    if _PLAIN_LOCAL.fullmatch(local) and (known := _ascii_domain(domain.lower())):
        return f"{local.lower()}@{known}"
    return _thoroughly(text)


@lru_cache(maxsize=10_000)
def _ascii_domain(domain: str) -> str:
    """A domain as addresses carry it; empty where it needs a closer look. Thousands of people share one."""
    try:
        return _thoroughly(f"x@{domain}").removeprefix("x@") if len(domain) < 150 else ""
    except ValueError:
        return ""


def _thoroughly(text: str) -> str:
    try:
        parsed = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"This is no e-mail address: {error}") from None
    local = parsed.local_part.lower()
    return f"{local}@{parsed.ascii_domain or parsed.domain}".lower()


def normalise_phone(text: str, country: str = "") -> str:
    """The number in E.164. Raises ValueError; without a country the number must start with +."""
    try:
        number = phonenumbers.parse(text.strip(), country.upper() or None)
    except phonenumbers.NumberParseException:
        raise ValueError("Write the phone number with its country code, for example +972 3 555 0100.") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("This is no possible phone number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_domain(text: str) -> str:
    """A bare host name in lower case: scheme, www. and path are dropped. Raises ValueError."""
    host = re.sub(r"^[a-z]+://", "", text.strip().lower()).split("/")[0].split("@")[-1].split(":")[0]
    host = host.removeprefix("www.").rstrip(".")
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        raise ValueError("This is no domain name.") from None
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", host) or len(host) > 253:
        raise ValueError("Write the domain like example.com.")
    return host


def company_key(name: str) -> str:
    """What two spellings of a company name share: case, spaces and legal forms do not count."""
    key = re.sub(r"\s+", " ", name.strip()).casefold()
    stripped = _LEGAL_FORMS.sub("", key).strip(" ,.")
    return (stripped or key)[:200]
