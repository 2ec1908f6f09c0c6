"""Who asks, by the agent's name alone."""

import csv
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.agents import Asker, asker

REAL = os.environ.get("LEADCRM_REAL_DATA")
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("agent", "who"),
    [
        (CHROME, Asker.PERSON),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.4266; Pro)", Asker.PERSON),
        ("Mozilla/5.0", Asker.PRELOADER),
        (GMAIL, Asker.IMAGE_PROXY),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", Asker.IMAGE_PROXY),
        ("", Asker.NOBODY),
        ("  ", Asker.NOBODY),
        ("Mozilla/5.0 (compatible; BarracudaCentral)", Asker.MACHINE),
        ("proofpoint-urldefense", Asker.MACHINE),
        ("MSOffice 16", Asker.MACHINE),
        ("Microsoft-URLAnalyzer/1.0", Asker.MACHINE),
        (CHROME.replace("Chrome", "HeadlessChrome"), Asker.MACHINE),
        ("python-requests/2.32", Asker.MACHINE),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Asker.MACHINE),
    ],
)
def test_agents_are_known_by_their_names(agent, who):
    assert asker(agent) is who


@pytest.mark.skipif(not REAL, reason="LEADCRM_REAL_DATA names no folder with the real files")
def test_no_browser_of_the_real_list_is_a_machine():
    with open(Path(REAL or "") / "lists" / "human_browser_user_agents.csv", newline="", encoding="utf-8") as file:
        agents = [row["user_agent"] for row in csv.DictReader(file)]

    assert len(agents) > 500
    assert [agent for agent in agents if asker(agent) is not Asker.PERSON] == []


@given(st.text(max_size=400))
def test_any_name_gets_an_answer(agent):
    assert asker(agent) in Asker


@pytest.mark.parametrize("piece", ["(a", "Mozilla/5.0 ", "a" * 50, "+http://", "MSOffice "])
def test_no_name_takes_long_to_judge(piece):
    started = time.thread_time()

    asker(piece * 5000)

    assert time.thread_time() - started < 0.5
