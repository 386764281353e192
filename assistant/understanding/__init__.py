"""Read a question once: `request` is what it is read into."""
