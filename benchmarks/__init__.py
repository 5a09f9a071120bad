"""What is measured, each runnable by one command."""
