"""``python -m slamon``: the same as the command ``slamon``."""

from slamon.cli import main

if __name__ == "__main__":
    main()
