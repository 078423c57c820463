"""Pictures whose truth is known: drawn scenes, digits, recordings, illusions."""
