"""Understand a question, retrieve, answer with verified citations, or abstain; with a CLI and an API."""
