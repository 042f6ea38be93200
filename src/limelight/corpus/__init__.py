"""Which words a model goes by in general: many texts, a few masks each, pooled over all of them."""
