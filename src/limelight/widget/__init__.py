"""The widget: what the page and the kernel share, and who does the work."""
