#pragma once
#include <cstdint>
#include <functional>

namespace packrat {

/// Runs body(0) .. body(count-1) on up to `threads` threads, each index once, and returns when all are done.
/// Work is cut by index, never by the number of threads, so that results do not depend on it.
/// `on_thread_start` runs first in each thread. The first exception thrown by a body stops further indices
/// and is thrown here.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& body,
                  const std::function<void()>& on_thread_start = {});

}  // namespace packrat
