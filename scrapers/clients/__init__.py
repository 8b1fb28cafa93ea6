"""What every client of an API shares: a polite session, the memory of earlier nights, and the way into the store."""
