"""PostgreSQL and Valkey of one installation, started when nobody else has.

Modules in here import each other relatively and nothing of Django: the keepers load this package alone.
"""

from .lease import Lease, needed, using
from .places import ServiceError, broker_url, database_url, make_state, redis_url, secret_key, state_dir

__all__ = [
    "Lease",
    "ServiceError",
    "broker_url",
    "database_url",
    "make_state",
    "needed",
    "redis_url",
    "secret_key",
    "state_dir",
    "using",
]
