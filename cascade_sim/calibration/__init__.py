"""Fitting a scenario's free parameters to the recorded figures of one event, or of several together."""
