"""The learned filter: features, network, and which blocks go."""
