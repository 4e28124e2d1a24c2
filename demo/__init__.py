"""The data of the demo. README.md says what is real and what is invented."""
