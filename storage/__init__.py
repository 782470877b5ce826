"""The bottom layer: objects and digests. It knows buckets, keys, versions and retention, and nothing of the rules above."""
