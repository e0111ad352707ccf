#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/core/bytes.h"

namespace packrat {

struct PickleValue;
/// Points into Pickle::values.
using PickleRef = PickleValue*;

/// The items of a tuple or list.
struct PickleSequence {
  std::vector<PickleRef> items;
};
/// A dict or OrderedDict, in its order.
struct PickleDict {
  std::vector<std::pair<PickleRef, PickleRef>> items;
};
/// A class or function named by the pickle. It is only ever a name here.
struct PickleGlobal {
  std::string name;  ///< "torch._utils._rebuild_tensor_v2"
};
/// What a call of a global, or a reference to something outside of the pickle, would have made: kept as its
/// parts.
struct PickleCall {
  std::string callee;  ///< the global's name; "persistent" for a reference to outside
  PickleRef arguments = nullptr;
};

/// One value of a pickle. Nothing else can come out of one: no code is looked up or run.
struct PickleValue {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, PickleSequence, PickleDict,
               PickleGlobal, PickleCall>
      value;

  template <typename T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
};

/// The values of a pickle, in one place: a hostile one may be nested deeply or in circles, and still goes
/// away without recursion.
struct Pickle {
  std::deque<PickleValue> values;
  PickleRef root = nullptr;
};

/// Reads a pickle (protocols 2 to 5) into plain values, calls left uncalled. UserError when it is damaged or
/// uses an instruction that torch.save never writes.
Pickle read_pickle(ByteView pickle);

}  // namespace packrat
