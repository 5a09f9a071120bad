"""The tests, a file for each noun."""
