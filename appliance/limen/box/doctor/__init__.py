"""Is this box fit to play? `checks.examine(site.here())` yields one finding per check, each with what to do."""
