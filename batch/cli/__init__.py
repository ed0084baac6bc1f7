"""cli asks: arguments in, words and exit codes out. The only place that prints."""
