// The crash tests' VFS, built into this binary as well.
#include "../../crash/fault_vfs.cpp"
