#include "compressors/autoencoder/training_state.h"

#include <fmt/format.h>

#include <array>
#include <ostream>
#include <string>

#include "engine/core/bytes.h"
#include "engine/core/files.h"

namespace packrat {
namespace {

using Magic = std::array<char, 8>;
constexpr Magic kMagic{'P', 'A', 'C', 'K', 'F', 'I', 'T', '1'};

using Floats = std::vector<float> TrainingState::*;
constexpr Floats kVectors[] = {&TrainingState::values, &TrainingState::mean, &TrainingState::square,
                               &TrainingState::best};

/// What stands before the vectors.
struct Position {
  std::int64_t epoch, begin, steps, best_epoch;
  double best_loss;
};

void append(std::vector<std::uint8_t>& bytes, const std::vector<float>& values) {
  ByteWriter(bytes).bytes(values.data(), values.size() * sizeof(float));
}

std::string read_fingerprint(ByteReader& reader) {
  const auto size = reader.value<std::uint16_t>();
  return {reinterpret_cast<const char*>(reader.bytes(size)), size};
}

TrainingState read_state(ByteReader& reader, std::int64_t parameters) {
  const auto at = reader.value<Position>();
  TrainingState state{at.epoch, at.begin, at.steps, at.best_epoch, at.best_loss, {}, {}, {}, {}};
  for (const Floats member : kVectors) {
    std::vector<float>& values = state.*member;
    values.resize(static_cast<std::size_t>(parameters));
    std::memcpy(values.data(), reader.bytes(values.size() * sizeof(float)), values.size() * sizeof(float));
  }
  if (reader.left() != 0) throw CorruptEntry("too long");
  return state;
}

}  // namespace

void save_training(const std::filesystem::path& path, const TrainingState& state,
                   const std::string& fingerprint) {
  std::vector<std::uint8_t> bytes;
  ByteWriter writer(bytes);
  writer.value(static_cast<std::uint16_t>(fingerprint.size()));
  writer.bytes(fingerprint.data(), fingerprint.size());
  writer.value(Position{state.epoch, state.begin, state.steps, state.best_epoch, state.best_loss});
  for (const Floats member : kVectors) append(bytes, state.*member);
  const std::uint64_t sum = checksum({bytes.data(), bytes.size()});
  write_file_atomically(path, [&](std::ostream& out) {
    out.write(kMagic.data(), kMagic.size());
    out.write(reinterpret_cast<const char*>(&sum), sizeof sum);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  });
}

std::optional<TrainingState> load_training(const std::filesystem::path& path, const std::string& fingerprint,
                                           std::int64_t parameters) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::vector<std::uint8_t> file = read_file(path);
  try {
    ByteReader reader({file.data(), file.size()});
    const bool ours = reader.value<Magic>() == kMagic;
    const auto sum = reader.value<std::uint64_t>();
    if (!ours || sum != checksum({file.data() + file.size() - reader.left(), reader.left()}))
      throw CorruptEntry("altered");
    if (read_fingerprint(reader) == fingerprint) return read_state(reader, parameters);
  } catch (const CorruptEntry&) {
    throw UserError(fmt::format("{} is damaged: delete it, and the fit begins anew", path.string()));
  }
  throw UserError(fmt::format("{} was left by a fit of other rows or options: give those again, or delete it",
                              path.string()));
}

}  // namespace packrat
