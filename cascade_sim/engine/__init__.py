"""A WORLD RUNS: from a scenario to arrays, through the ticks, to a recording that can be kept."""
