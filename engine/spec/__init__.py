"""Text → Spec."""
