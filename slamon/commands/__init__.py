"""The commands, by what people want: facts, verdicts, reports, a workspace, operations; each opens the shop and prints."""
