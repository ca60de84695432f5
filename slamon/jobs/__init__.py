"""What is done again and again: one file a job, each gathers, calls the core once and applies in one transaction."""
