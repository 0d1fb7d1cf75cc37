"""One scenario and its counterfactuals over many seeds: who asks, what a worker does, intervals, words, files."""
