"""Starting the service: the embedded database, the processes, the demonstration's first data."""
