"""WHAT HAPPENS: numba kernels. Arrays and scalars in, arrays and a status out; no chance, no I/O, no raising."""
