"""The Mesa face: models and agents for Mesa over the same market and crowd."""
