"""runs touches the run folder: plan, before-image and journal in one SQLite file, and its lock."""
