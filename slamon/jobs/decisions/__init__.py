"""What people decide about promises, leads and people: seen first, then recorded with who and why."""
