"""The pure core: what was promised, what happened, and what follows; it reads no clock, file, table or socket."""
