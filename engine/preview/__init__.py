"""Plan → what an author looks at before a row is loaded: some rows, the shape of time, shares in and out of events."""

from engine.preview.look import preview
from engine.preview.model import Preview

__all__ = ["Preview", "preview"]
