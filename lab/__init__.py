"""Corpora, labels, training, comparison and the quality gate: it measures or trains, and never ships."""
