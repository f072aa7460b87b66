"""What ties inlets, gates and outlets together: configuration and the running box."""
