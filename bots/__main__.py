"""`python -m bots` is the command line."""

from bots.cli import main

# A process that only reads a page imports this module too, and must not start all anew.
if __name__ == "__main__":
    main()
