"""What was recorded: readers of public file formats."""
