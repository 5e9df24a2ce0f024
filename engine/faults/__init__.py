"""What goes wrong with rows on purpose: which rows, and the values they get. Kernels as frozen as any other."""
