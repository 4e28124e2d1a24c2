"""The enterprise and its platform. Names the contexts only in strings."""
