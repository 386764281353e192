"""The curated library, as data: `roadmaps/`, `resources/` and `topics.yaml`. Holds no code."""
