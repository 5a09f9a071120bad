"""An outside world on loopback: a Discord, a Slack, and a page that shows them."""
