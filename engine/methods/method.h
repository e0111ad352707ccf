#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compressors/rows.h"
#include "engine/core/bytes.h"

namespace packrat {

/// Some bytes of a method's state, for the ledger.
struct StateItem {
  std::string what;        ///< "means", "correlations", in a few words
  std::int64_t bytes = 0;  ///< as they are held, and as state() has them
};

/// A piece of every row: the maps behind one block.
struct RowPart {
  std::string block;                    ///< "3"
  std::array<std::int64_t, 3> shape{};  ///< channels, height and width
};

/// What a method knows about the stream.
struct MethodSetting {
  std::array<std::int64_t, 3> shape{};  ///< of a row: channels, height, width
  int classes = 0;                      ///< of the whole stream; labels are 0 .. classes-1
  int threads = 1;                      ///< nothing but the time depends on it
  std::uint64_t seed = 0;
  std::vector<RowPart> parts = {};  ///< of a row, in order; empty: it is one, of `shape`
};

/// Called by fit() of a method that trains, after each pass over what it holds.
using AfterPass = std::function<void(std::int64_t pass, double mean_loss)>;

/// How a stream is learned from and what is kept of it. The order of calls: observe() as rows arrive,
/// end_of_task() behind the last of a task, fit() before scores(). What is held then is state(), to the byte:
/// a method restored from it continues exactly as one that never stopped.
class Method {
 public:
  virtual ~Method() = default;

  /// Canonical text from which make_method() builds an equal method: "slda:precision=bfloat16".
  virtual std::string spec() const = 0;

  /// Takes in rows [n, values] and their n labels, in order of arrival. The state does not depend on how the
  /// rows of a task are cut into calls. UserError, and the state as before the call, for a row that holds NaN
  /// or infinity (named by its place in the stream) and for a label that is no class.
  virtual void observe(ConstRows rows, const std::vector<int>& labels) = 0;

  /// Brings what was observed into the form that is kept between tasks; working memory is given back.
  virtual void end_of_task() = 0;

  /// Makes ready for scores(): solves, or trains on what is held, the tasks 0 .. task. UserError when nothing
  /// was observed.
  virtual void fit(std::int64_t task, const AfterPass& after_pass) = 0;

  /// rows: [n, values]; out: float32 [n, classes], the highest being the class that is named. A class that
  /// was never seen has -infinity from a closed form. Safe from several threads at once.
  virtual void scores(ConstRows rows, float* out) const = 0;
  /// Whether the softmax of the scores are probabilities.
  virtual bool gives_probabilities() const = 0;

  /// What is kept between tasks, by item. Their sum is what a byte budget covers.
  virtual std::vector<StateItem> kept() const = 0;
  /// The most that was held beside it while a task ran.
  virtual std::int64_t working_bytes() const = 0;
  /// What scoring needs beside the state: weights that fit() computed from it.
  virtual std::int64_t head_bytes() const = 0;

  /// The bytes of kept(), between tasks. std::logic_error within one.
  virtual std::vector<std::uint8_t> state() const = 0;
  /// Goes on from state() of an equal method. CorruptEntry when these are not such bytes.
  virtual void restore(ByteView state) = 0;

  /// What the user should know of fit(): "shrink raised to 0.08: ...". Empty when there is nothing.
  virtual std::string note() const { return {}; }
};

/// Sum of kept().
std::int64_t kept_bytes(const Method& method);

}  // namespace packrat
