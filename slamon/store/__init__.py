"""Where facts, verdicts, messages and reports are kept: SQLite, or PostgreSQL for a team; only this room knows tables."""
