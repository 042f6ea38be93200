"""Texts and their features: spans in code points of the original text."""
