"""A report as a drawn page: one SVG file by itself, without scripts and foreign fonts, for light and dark screens."""
