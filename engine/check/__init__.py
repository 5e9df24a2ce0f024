"""Did it come true: what a spec expects of the rows, asked of PostgreSQL after the load."""
