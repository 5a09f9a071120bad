"""The bot on each platform, and the program that runs them."""
