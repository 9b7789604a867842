"""Go's package time, as far as templates can reach it: moments, zones, layouts and durations."""
