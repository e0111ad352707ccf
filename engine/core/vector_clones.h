#pragma once

/// In front of a function of plain loops: compiled for the machine's vectors where they exist and chosen at
/// run time. Contraction is off, so every clone computes the same bits. GCC instruments what chooses, too,
/// which a library's loader calls before the thread sanitizer is there.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_THREAD__)
#define PACKRAT_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PACKRAT_VECTOR_CLONES
#endif
