#pragma once
#include <array>
#include <string>
#include <vector>

#include "compressors/pooling.h"
#include "engine/methods/method.h"
#include "engine/methods/random_features.h"

namespace packrat {

/// Collects the pieces of a state in the order of its bytes.
class StateWriter {
 public:
  /// Appends what `write` writes, as one item.
  void item(const std::string& what, const std::function<void(ByteWriter&)>& write);

  std::vector<std::uint8_t> bytes;
  std::vector<StateItem> items;
};

/// How rows become the features that a streaming head works on.
struct RowForm {
  std::vector<std::string> blocks;    ///< those of a row's parts that are taken; empty: all
  std::vector<Pooling> poolings{{}};  ///< one for all of them, or one each
  double power = 1;                   ///< of each value, its sign kept (Tukey's ladder)
  /// So many RandomFeatures beside them, of the blocks before pooling, each standardised over its own values
  /// in the row (mean 0, deviation 1).
  std::int64_t random = 0;
};

/// A method that keeps statistics instead of entries. Rows are taken in blocks of a fixed size counted from
/// the start of the task, which makes the state the same however they arrive. Between tasks only the packed
/// state is held; within one, the working form that it is unpacked to.
class StreamingHead : public Method {
 public:
  void observe(ConstRows rows, const std::vector<int>& labels) final;
  void end_of_task() final;
  void fit(std::int64_t task, const AfterPass& after_pass) final;
  void scores(ConstRows rows, float* out) const final;
  std::vector<StateItem> kept() const final { return items_; }
  std::int64_t working_bytes() const final { return most_working_bytes_; }
  std::int64_t head_bytes() const final;
  std::vector<std::uint8_t> state() const final;
  void restore(ByteView state) final;

  /// Takes in what an equal method has learned, from its state(): as if its rows had been observed here, too,
  /// but for rounding. Ends the task. CorruptEntry when these are no such bytes, and UserError when counts
  /// pass 32 bits: as before then.
  void merge(ByteView state);

 protected:
  StreamingHead(const MethodSetting& setting, const RowForm& form);

  /// Makes the working form of a state. CorruptEntry when it is none.
  virtual void open(ByteReader& state) = 0;
  /// Makes that of nothing learned.
  virtual void open_empty() = 0;
  /// Takes in n rows of d() features.
  virtual void learn(const float* rows, const int* labels, std::int64_t n) = 0;
  /// Adds another state to the working form.
  virtual void absorb(ByteReader& state) = 0;
  /// Writes the working form as it is kept.
  virtual void pack(StateWriter& out) const = 0;
  /// Gives the working memory back.
  virtual void close() = 0;
  virtual std::int64_t open_bytes() const = 0;    ///< of the working form
  virtual std::int64_t weight_bytes() const = 0;  ///< of what solve() computed
  /// Works the weights out of the state that is open.
  virtual void solve() = 0;
  /// Rows of any seen class.
  virtual std::int64_t rows_seen() const = 0;
  /// rows: [n, d()]; out: [n, classes].
  virtual void score(const float* rows, std::int64_t n, float* out) const = 0;

  std::int64_t d() const { return d_; }  ///< features of a row
  int classes() const { return setting_.classes; }
  const MethodSetting& setting() const { return setting_; }
  /// ",pool=1x2,power=0.5", with what is not the default.
  std::vector<std::pair<std::string, std::string>> form_options() const;

 private:
  friend std::unique_ptr<Method> make_method(std::string_view spec, const MethodSetting& setting);
  void check(ConstRows rows, const std::vector<int>& labels) const;
  std::int64_t formed_width() const { return taken_ + random_.source(); }
  void form_rows(ConstRows rows, float* out) const;
  const float* with_random_features(const std::vector<float>& formed, std::int64_t n,
                                    std::vector<float>& out) const;
  void check_size(ByteView state) const;
  std::int64_t rows_in(ByteView state);
  void flush();
  void keep();

  MethodSetting setting_;
  /// A part of the rows that is taken.
  struct Piece {
    std::int64_t offset = 0;  // of its values in a row
    std::array<std::int64_t, 3> shape{};
    Pooling pooling;
    std::int64_t values = 0;  // that it gives
  };
  std::vector<Piece> pieces_of(const RowForm& form) const;

  RowForm form_;
  std::vector<Piece> pieces_;
  std::int64_t taken_ = 0;  // values that the pieces give
  std::int64_t d_ = 0;
  RandomFeatures random_;
  std::vector<std::uint8_t> kept_;
  std::vector<StateItem> items_;
  bool open_ = false, fitted_ = false;
  std::int64_t observed_ = 0;  // rows so far: places in the stream, for messages
  std::vector<float> block_;   // rows that wait, as form_rows() leaves them
  std::vector<int> block_labels_;
  std::int64_t most_working_bytes_ = 0;
};

/// "name" or "name:key=value,..." from options that are not at their default.
std::string method_text(const std::string& name,
                        const std::vector<std::pair<std::string, std::string>>& options);

/// Scores that are linear in the features, one row of weights and a bias a class.
class LinearScores {
 public:
  LinearScores() = default;
  /// weights: [C, d]; a class that `seen` leaves out gets -infinity. UserError when one does not fit float32.
  LinearScores(std::vector<double> weights, std::vector<double> bias, const std::vector<bool>& seen);
  void score(const float* rows, std::int64_t n, std::int64_t d, float* out) const;
  std::int64_t bytes() const;

 private:
  std::vector<float> weights_;
  std::vector<double> bias_;
};

}  // namespace packrat
