"""The office: who holds which post."""
