"""Public pages: the anchors of the log, the seal keys, and what bundles are proven with."""
