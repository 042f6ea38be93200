"""Texts with some features removed: which ones, how, and what the model says of them."""
