#!/usr/bin/env python
"""Run an administrative command, with the embedded services where it needs them."""

import contextlib
import os
import sys

# Everything else is given a database: a command started needlessly with one is only slower.
NEEDS_NO_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "startproject",
    "version",
}


def needs_database(arguments: list[str]) -> bool:
    """Whether this command line is one that talks to the database or the broker."""
    if not arguments or arguments[0].startswith("-") or {"-h", "--help", "--version"} & set(arguments):
        return False
    if arguments[0] == "check":
        return any(argument.startswith("--database") for argument in arguments)
    return arguments[0] not in NEEDS_NO_DATABASE


def main() -> None:
    """Run the command of this command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    from django.core.management import execute_from_command_line

    from leadcrm import services

    state = services.state_dir()
    try:
        if not os.environ.get("SECRET_KEY"):
            services.secret_key(state)
        with contextlib.ExitStack() as stack:
            if needs_database(sys.argv[1:]):
                stack.enter_context(services.using(state, services.needed()))
            execute_from_command_line(sys.argv)
    except services.ServiceError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
