"""Buttons in, LEDs out."""
