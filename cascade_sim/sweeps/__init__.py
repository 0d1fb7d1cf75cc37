"""Many runs of one scenario: the sweep file, its points, their execution, and what the rows say."""
