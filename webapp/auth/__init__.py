"""Who is asking, and whether this route is for them."""
