"""What a run says: its summary, and the theory to hold it against."""
