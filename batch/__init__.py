"""Move people from one Microsoft 365 licence to another, in bulk, without a gap and without guesswork."""

__version__ = "0.1.0"
