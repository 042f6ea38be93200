"""What a model's outputs mean, a file a task."""
