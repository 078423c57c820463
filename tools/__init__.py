"""Small commands for those who work on the course."""
