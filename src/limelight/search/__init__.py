"""Searches for texts: generators of inputs, as methods are generators of weights."""
