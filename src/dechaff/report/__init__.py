"""The explanation for people: on the terminal, as one HTML file, as an answer, as a difference, as statistics."""
