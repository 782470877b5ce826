"""Deliveries at the edge: how bytes come in and go out."""
