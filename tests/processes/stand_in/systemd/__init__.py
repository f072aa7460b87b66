"""Stands in for systemd-python where only a box installs it."""
