"""Limen: an Empatica E4's signals as readable bits, played as OSC."""

__version__ = "0.1.0"
