"""The settings of the web server that is measured: ours, with the yardstick's address beside our own."""

from leadcrm.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
