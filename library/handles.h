#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "engine/core/error.h"

namespace packrat::library {

/// The objects behind the handles of one type. A handle is a number that is never given twice, so that one
/// that was freed is known as such; an object lives until the last call that uses it returns.
template <typename Handle, typename Object>
class Handles {
 public:
  explicit Handles(const char* what) : what_(what) {}

  Handle* add(std::shared_ptr<Object> object) {
    const std::lock_guard<std::mutex> lock(guard_);
    const std::uintptr_t number = ++last_ * kStep;
    objects_.emplace(number, std::move(object));
    return reinterpret_cast<Handle*>(number);
  }

  /// UserError for NULL and for handles that were freed.
  std::shared_ptr<Object> get(const Handle* handle) {
    if (handle == nullptr) throw UserError(std::string("the ") + what_ + " is NULL: make or load one first");
    const std::lock_guard<std::mutex> lock(guard_);
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
    if (found == objects_.end())
      throw UserError(std::string("the ") + what_ + " was freed, or is no handle of this library");
    return found->second;
  }

  void remove(const Handle* handle) {
    std::shared_ptr<Object> last;  // destroyed without the lock
    const std::lock_guard<std::mutex> lock(guard_);
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
    if (found == objects_.end()) return;
    last = std::move(found->second);
    objects_.erase(found);
  }

 private:
  static constexpr std::uintptr_t kStep = 16;  // aligned as a pointer to anything is

  const char* what_;
  std::mutex guard_;
  std::uintptr_t last_ = 0;
  std::unordered_map<std::uintptr_t, std::shared_ptr<Object>> objects_;
};

}  // namespace packrat::library
