"""core decides: values in, values out. Opens nothing, waits for nothing, rolls no dice."""
