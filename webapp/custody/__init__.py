"""The archive's keeping as pages: how whole it is, what is held, what is disposed of."""
