"""The rules of venues as functions: thin, vectorised, sourced faces of the kernels."""
