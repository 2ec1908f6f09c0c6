"""How rates and ratios are written."""

from django import template

from scoring import card_words

register = template.Library()
for one in (card_words.percent, card_words.between, card_words.times, card_words.times_between, card_words.few):
    register.filter(one.__name__, one)
