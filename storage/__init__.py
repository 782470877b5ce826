"""The bottom layer: objects, digests, keys, versions, retention. It knows nothing of the rules above."""
