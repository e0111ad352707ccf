#include "engine/methods/streaming_head.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/error.h"
#include "engine/core/rng.h"
#include "engine/methods/linear_algebra.h"

namespace packrat {
namespace {

constexpr std::int64_t kBlockRows = 256;
constexpr std::int64_t kScoredRows = 512;

std::int64_t values_of(const std::array<std::int64_t, 3>& shape) {
  return shape[0] * shape[1] * shape[2];
}

/// out = (x - its mean) / its deviation; zeros when it does not vary.
void standardise(const float* x, std::int64_t n, float* out) {
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += x[i];
  const double mean = sum / static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(n));
  for (std::int64_t i = 0; i < n; ++i)
    out[i] = deviation > 0 ? static_cast<float>((x[i] - mean) / deviation) : 0;
}

}  // namespace

void StateWriter::item(const std::string& what, const std::function<void(ByteWriter&)>& write) {
  const std::size_t before = bytes.size();
  ByteWriter writer(bytes);
  write(writer);
  items.push_back({what, static_cast<std::int64_t>(bytes.size() - before)});
}

StreamingHead::StreamingHead(const MethodSetting& setting, const RowForm& form)
    : setting_(setting), form_(form), pieces_(pieces_of(form)) {
  std::int64_t source = 0;
  for (const Piece& piece : pieces_) {
    taken_ += piece.values;
    source += values_of(piece.shape);
  }
  d_ = taken_ + form_.random;
  if (form_.random > 0)
    random_ = RandomFeatures(form_.random, source, Rng(setting.seed).fork("random features beside a row"));
}

std::int64_t StreamingHead::head_bytes() const {
  return weight_bytes() + random_.bytes();
}

std::vector<StreamingHead::Piece> StreamingHead::pieces_of(const RowForm& form) const {
  std::vector<Piece> pieces;
  std::vector<std::string> there, taken;
  const std::vector<RowPart> one{{"", setting_.shape}};
  std::int64_t offset = 0;
  for (const RowPart& part : setting_.parts.empty() ? one : setting_.parts) {
    there.push_back(part.block);
    const auto& blocks = form.blocks;
    if (blocks.empty() || std::find(blocks.begin(), blocks.end(), part.block) != blocks.end()) {
      taken.push_back(part.block);
      pieces.push_back({offset, part.shape, {}, 0});
    }
    offset += values_of(part.shape);
  }
  if (!form.blocks.empty() && taken != form.blocks)
    throw UserError(
        fmt::format("method option blocks is {}, but rows hold {}: name some of those, in order",
                    fmt::join(form.blocks, "+"),
                    setting_.parts.empty() ? "no blocks" : fmt::format("blocks {}", fmt::join(there, "+"))));
  if (form.poolings.size() > 1 && form.poolings.size() != pieces.size())
    throw UserError(
        fmt::format("method option pool is {}, but there are {} blocks: give one for all, or one for each",
                    poolings_text(form.poolings), pieces.size()));
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i].pooling = form.poolings[form.poolings.size() > 1 ? i : 0];
    pieces[i].values = values_of(pooled_shape(pieces[i].pooling, pieces[i].shape, "method option pool"));
  }
  return pieces;
}

std::vector<std::pair<std::string, std::string>> StreamingHead::form_options() const {
  std::vector<std::pair<std::string, std::string>> options;
  if (!form_.blocks.empty()) options.emplace_back("blocks", fmt::format("{}", fmt::join(form_.blocks, "+")));
  if (const std::string pool = poolings_text(form_.poolings); pool != "none")
    options.emplace_back("pool", pool);
  if (form_.power != 1) options.emplace_back("power", fmt::format("{}", form_.power));
  if (form_.random > 0) options.emplace_back("random", fmt::format("{}", form_.random));
  return options;
}

void StreamingHead::check(ConstRows rows, const std::vector<int>& labels) const {
  const std::int64_t width = setting_.shape[0] * setting_.shape[1] * setting_.shape[2];
  if (rows.width != width || rows.count != static_cast<std::int64_t>(labels.size()))
    throw UserError(fmt::format("a method for rows of {} values cannot take {} rows of {} with {} labels",
                                width, rows.count, rows.width, labels.size()));
  for (std::int64_t i = 0; i < rows.count; ++i) {
    const int label = labels[static_cast<std::size_t>(i)];
    if (label < 0 || label >= classes())
      throw UserError(fmt::format("image {} of the stream has the label {}, but there are {} classes",
                                  observed_ + i, label, classes()));
    // One that is not finite stays so in the sum, which is cheaper to look at.
    float sum = 0;
    for (std::int64_t v = 0; v < width; ++v) sum += 0 * rows.row(i)[v];
    if (sum != 0)
      throw UserError(fmt::format(
          "image {} of the stream has features that are NaN or infinite: check the encoder's weights",
          observed_ + i));
  }
}

/// out: [n, formed_width()], what is taken of each row and what random features are made of.
void StreamingHead::form_rows(ConstRows rows, float* out) const {
  const auto power = static_cast<float>(form_.power);
  float* to = out;
  for (std::int64_t i = 0; i < rows.count; ++i) {
    float* const begin = to;
    for (const Piece& piece : pieces_) {
      pool_rows(piece.pooling, piece.shape, {rows.row(i) + piece.offset, 1, values_of(piece.shape)},
                {to, 1, piece.values});
      to += piece.values;
    }
    if (power != 1)
      for (float* v = begin; v != to; ++v) *v = std::copysign(std::pow(std::fabs(*v), power), *v);
    if (random_.count() == 0) continue;
    for (const Piece& piece : pieces_) {
      standardise(rows.row(i) + piece.offset, values_of(piece.shape), to);
      to += values_of(piece.shape);
    }
  }
}

/// [n, d()] from formed rows: these themselves without random features, else in `out`.
const float* StreamingHead::with_random_features(const std::vector<float>& formed, std::int64_t n,
                                                 std::vector<float>& out) const {
  if (random_.count() == 0) return formed.data();
  std::vector<float> sources(static_cast<std::size_t>(n * random_.source())),
      random(static_cast<std::size_t>(n * random_.count()));
  for (std::int64_t i = 0; i < n; ++i)
    std::copy_n(formed.data() + i * formed_width() + taken_, random_.source(),
                sources.data() + i * random_.source());
  random_.of(sources.data(), n, random.data());
  out.resize(static_cast<std::size_t>(n * d_));
  for (std::int64_t i = 0; i < n; ++i) {
    float* const row = std::copy_n(formed.data() + i * formed_width(), taken_, out.data() + i * d_);
    std::copy_n(random.data() + i * random_.count(), random_.count(), row);
  }
  return out.data();
}

void StreamingHead::observe(ConstRows rows, const std::vector<int>& labels) {
  check(rows, labels);
  if (!open_) {
    ByteReader reader({kept_.data(), kept_.size()});
    open(reader);
    open_ = true;
    fitted_ = false;
  }
  for (std::int64_t begin = 0; begin < rows.count;) {
    const auto waiting = static_cast<std::int64_t>(block_labels_.size());
    const std::int64_t count = std::min(kBlockRows - waiting, rows.count - begin);
    block_.resize(static_cast<std::size_t>((waiting + count) * formed_width()));
    form_rows({rows.row(begin), count, rows.width}, block_.data() + waiting * formed_width());
    block_labels_.insert(block_labels_.end(), labels.begin() + begin, labels.begin() + begin + count);
    begin += count;
    if (waiting + count == kBlockRows) flush();
  }
  observed_ += rows.count;
}

void StreamingHead::flush() {
  std::vector<float> features;
  const auto waiting = static_cast<std::int64_t>(block_labels_.size());
  if (waiting > 0) learn(with_random_features(block_, waiting, features), block_labels_.data(), waiting);
  const std::size_t held = block_.capacity() + features.capacity();
  most_working_bytes_ =
      std::max(most_working_bytes_, open_bytes() + static_cast<std::int64_t>(held * sizeof(float)));
  block_.clear();
  block_labels_.clear();
}

void StreamingHead::keep() {
  StateWriter out;
  pack(out);
  kept_ = std::move(out.bytes);
  kept_.shrink_to_fit();
  items_ = std::move(out.items);
  close();
  open_ = false;
}

void StreamingHead::end_of_task() {
  if (!open_) return;
  flush();
  keep();
  block_ = {};
}

void StreamingHead::fit(std::int64_t, const AfterPass&) {
  end_of_task();
  if (fitted_) return;
  ByteReader reader({kept_.data(), kept_.size()});
  open(reader);
  const std::int64_t rows = rows_seen();
  if (rows > 0) solve();
  close();
  if (rows == 0)
    throw UserError(fmt::format("{} has seen no image, so it cannot name classes: check the stream", spec()));
  fitted_ = true;
}

void StreamingHead::scores(ConstRows rows, float* out) const {
  if (!fitted_) throw std::logic_error("scores() of a method before fit()");
  std::vector<float> formed(static_cast<std::size_t>(std::min(kScoredRows, rows.count) * formed_width())),
      features;
  for (std::int64_t begin = 0; begin < rows.count; begin += kScoredRows) {
    const std::int64_t count = std::min(kScoredRows, rows.count - begin);
    form_rows({rows.row(begin), count, rows.width}, formed.data());
    score(with_random_features(formed, count, features), count, out + begin * classes());
  }
}

std::vector<std::uint8_t> StreamingHead::state() const {
  if (open_) throw std::logic_error("state() of a method within a task");
  return kept_;
}

void StreamingHead::check_size(ByteView state) const {
  if (state.size != kept_.size())
    throw CorruptEntry(
        fmt::format("a state of {} takes {} bytes, but there are {}", spec(), kept_.size(), state.size));
}

std::int64_t StreamingHead::rows_in(ByteView state) {
  ByteReader reader(state);
  open(reader);
  const std::int64_t rows = rows_seen();
  close();
  return rows;
}

void StreamingHead::merge(ByteView state) {
  end_of_task();
  check_size(state);
  if (rows_in(state) == 0) return;
  if (rows_in({kept_.data(), kept_.size()}) == 0) return restore(state);
  ByteReader own({kept_.data(), kept_.size()}), other(state);
  open(own);
  try {
    absorb(other);
    keep();
  } catch (...) {
    close();
    throw;
  }
  fitted_ = false;
}

void StreamingHead::restore(ByteView state) {
  check_size(state);
  ByteReader reader(state);
  open(reader);
  close();
  kept_.assign(state.data, state.data + state.size);
  open_ = fitted_ = false;
  block_ = {};
  block_labels_.clear();
}

std::string method_text(const std::string& name,
                        const std::vector<std::pair<std::string, std::string>>& options) {
  std::string text = name;
  char before = ':';
  for (const auto& [key, value] : options) {
    text += before + key + "=" + value;
    before = ',';
  }
  return text;
}

LinearScores::LinearScores(std::vector<double> weights, std::vector<double> bias,
                           const std::vector<bool>& seen)
    : weights_(weights.begin(), weights.end()), bias_(std::move(bias)) {
  if (!std::all_of(weights_.begin(), weights_.end(), [](float w) { return std::isfinite(w); }))
    throw UserError(
        "a method's weights are not finite: its features are too large, or its saved state is damaged");
  for (std::size_t c = 0; c < bias_.size(); ++c)
    if (!seen[c]) bias_[c] = -std::numeric_limits<double>::infinity();
}

void LinearScores::score(const float* rows, std::int64_t n, std::int64_t d, float* out) const {
  const std::vector<double> x(rows, rows + n * d), weights(weights_.begin(), weights_.end());
  const auto classes = static_cast<std::int64_t>(bias_.size());
  std::vector<double> sums(static_cast<std::size_t>(n * classes));
  multiply_by_transposed(x.data(), n, weights.data(), classes, d, sums.data());
  for (std::size_t i = 0; i < sums.size(); ++i)
    out[i] = static_cast<float>(sums[i] + bias_[i % bias_.size()]);
}

std::int64_t LinearScores::bytes() const {
  return static_cast<std::int64_t>(weights_.size() * sizeof(float) + bias_.size() * sizeof(double));
}

}  // namespace packrat
