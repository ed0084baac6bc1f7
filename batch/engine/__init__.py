"""engine does: one loop over four narrow ports."""
