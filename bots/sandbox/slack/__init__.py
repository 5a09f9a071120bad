"""A Slack on loopback: Web API, Socket Mode and the hands of the people in one workspace."""

from bots.sandbox.slack.forms import Forms, Sent
from bots.sandbox.slack.interactions import Answer, NoAnswer
from bots.sandbox.slack.limits import Limits
from bots.sandbox.slack.mrkdwn import Link
from bots.sandbox.slack.sockets import Unacknowledged
from bots.sandbox.slack.standin import SlackStandIn
from bots.sandbox.slack.world import Channel, Message, User

__all__ = [
    "Answer",
    "Channel",
    "Forms",
    "Limits",
    "Link",
    "Message",
    "NoAnswer",
    "Sent",
    "SlackStandIn",
    "Unacknowledged",
    "User",
]
