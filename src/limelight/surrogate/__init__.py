"""The Gaussian process over masks, and what is read off it."""
