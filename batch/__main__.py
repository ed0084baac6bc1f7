"""`python -m batch`."""
