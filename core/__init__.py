"""What the bot knows about news, whatever the chat."""
