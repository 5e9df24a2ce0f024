"""What the engine tells of its work while it works: spans and measurements, through OpenTelemetry's API alone."""
