"""A schema that exists → the draft of a spec that fills it: what `engine init` writes."""
