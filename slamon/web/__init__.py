"""The service seen from outside, over HTTP: health, metrics and unsubscribing; it reads the store only."""
