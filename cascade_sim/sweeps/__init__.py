"""Many runs: what to vary, where to run it, and what the rows say."""
