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

/// The items of a tuple, list or set.
struct PickleSequence {
  std::vector<PickleRef> items;
};
/// A dict, OrderedDict, defaultdict or Counter, in its order.
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
  PickleRef items = nullptr;  ///< a PickleDict of the items that were set in it; nullptr when there are none
};

/// One value of a pickle. Nothing else can come out of one: no code is looked up or run. An integer that 64
/// bits do not hold is monostate, like None.
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
  std::size_t size = 0;  ///< bytes that were read: what stands behind its end is another's
};

/// Reads a pickle (protocols 0 to 5, every instruction of pickletools.py) into plain values, calls left
/// uncalled; what is set or added in the results of calls is dropped, but for PickleCall::items. CorruptEntry
/// when it is damaged, UserError when it holds more than 4 million values.
Pickle read_pickle(ByteView pickle);

}  // namespace packrat
