"""When people work: instants, durations, calendars and their openings, periods and zones."""
