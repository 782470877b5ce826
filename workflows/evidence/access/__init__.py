"""Third stage: which deliveries are *terbatas*, and who opens those."""
