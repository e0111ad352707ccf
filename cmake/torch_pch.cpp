// The target that owns the precompiled LibTorch header needs one source file.
