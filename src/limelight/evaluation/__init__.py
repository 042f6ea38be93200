"""How true an explanation is to its model."""
