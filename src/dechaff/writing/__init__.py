"""What stayed, as text and as records."""
