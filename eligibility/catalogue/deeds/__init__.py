"""Deeds for many products at once: asked for on a page, worked through in the background, followed and stopped there."""
