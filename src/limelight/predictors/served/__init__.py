"""Models behind an OpenAI-compatible endpoint: who is asked, how, and what its answers mean."""
