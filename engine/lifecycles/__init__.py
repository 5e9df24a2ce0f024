"""How rows change after their birth: states, transitions, and the trace that a row leaves."""
