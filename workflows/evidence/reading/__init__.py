"""Third stage: the text of deliveries, kept beside the originals, and what a look at it found."""
