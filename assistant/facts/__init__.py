"""Computed answers: each reads a request and the library's data, never text, and proves what it says."""
