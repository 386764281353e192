"""The web chat and the source viewer, over the same service as the API."""
