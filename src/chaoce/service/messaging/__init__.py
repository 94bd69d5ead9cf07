"""Messages to people, in the service and by mail."""
