#pragma once
#include <stdexcept>
#include <string>

namespace packrat {

/// Root of what Packrat throws on purpose. The message is one line, fit to be shown as it is.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The user can fix it: a wrong value, a missing file, a full disk. Names the value, the range and the
/// remedy.
class UserError : public Error {
 public:
  using Error::Error;
};

/// Bytes that were stored are not what was written: a truncated or altered entry, buffer or cache.
class CorruptEntry : public Error {
 public:
  using Error::Error;
};

/// SIGINT or SIGTERM arrived; what was done so far has been kept on disk.
class Interrupted : public Error {
 public:
  using Error::Error;
};

}  // namespace packrat
