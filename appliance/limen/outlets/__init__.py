"""Where edges and readings go: the player in time, OSC, later the recorder."""
