"""What scripts call: explain, compare, evaluate."""
