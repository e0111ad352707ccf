#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "compressors/registry.h"
#include "engine/core/files.h"
#include "engine/core/parallel.h"
#include "library/call.h"
#include "library/objects.h"

namespace packrat::library {
namespace {

constexpr std::int64_t kPieceRows = 256;  // work of a thread at a time
constexpr std::int64_t kMostValues = 1 << 30;

FittingOptions fitting_options(const pkr_fit_options* given) {
  FittingOptions options;
  if (given == nullptr) return options;
  require_threads(given->threads);
  if (given->max_epochs < 1 || given->patience < 1 || given->batch_size < 1 || !(given->learning_rate > 0))
    throw UserError(fmt::format(
        "max_epochs, patience, batch_size and learning_rate are {}, {}, {} and {}: give numbers above 0",
        given->max_epochs, given->patience, given->batch_size, given->learning_rate));
  options.seed = given->seed;
  options.threads = given->threads;
  options.max_epochs = given->max_epochs;
  options.patience = given->patience;
  options.batch_size = given->batch_size;
  options.learning_rate = given->learning_rate;
  if (given->progress != nullptr)
    options.progress = [progress = given->progress, user = given->user](
                           std::string_view phase, std::int64_t done, std::int64_t total) {
      if (progress(user, std::string(phase).c_str(), done, total) != 0)
        throw Interrupted("stopped by the progress function");
    };
  return options;
}

FittedCodec fitted_form(const CodecObject& object) {
  const Domain& domain = object.codec->domain();
  FittedCodec fitted{
      object.spec, domain.shape, domain.pixels, object.codec->shared_by_stage(), object.origin, {}, {}};
  if (domain.pixels) {
    fitted.mean = domain.mean;
    fitted.std = domain.std;
  }
  return fitted;
}

std::vector<std::uint8_t> file_of(const CodecObject& object) {
  std::ostringstream out;
  write_fitted_codec(out, fitted_form(object));
  const std::string text = out.str();
  return {text.begin(), text.end()};
}

pkr_codec* read_codec(ByteView file, const std::string& name, const pkr_domain* given) {
  const FittedCodec fitted = read_fitted_codec(file, name);
  Domain domain{fitted.shape, fitted.pixels, fitted.mean, fitted.std};
  if (fitted.pixels && !(fitted.std[0] > 0)) domain.std = {1, 1, 1};
  if (given != nullptr) domain = domain_of(given);
  try {
    return add_codec(make_fitted_codec(fitted, domain), fitted.origin);
  } catch (const CorruptEntry& error) {
    throw CorruptEntry(fmt::format("{}: {}", name, error.what()));
  }
}

EntryBatch encode_in_pieces(const Codec& codec, ConstRows rows, std::int32_t threads) {
  const std::int64_t pieces = (rows.count + kPieceRows - 1) / kPieceRows;
  std::vector<EntryBatch> parts(static_cast<std::size_t>(pieces));
  parallel_for(pieces, threads, [&](std::int64_t piece) {
    const std::int64_t begin = piece * kPieceRows;
    parts[static_cast<std::size_t>(piece)] =
        codec.encode({rows.row(begin), std::min(kPieceRows, rows.count - begin), rows.width});
  });
  EntryBatch all;
  for (const EntryBatch& part : parts) {
    const auto before = static_cast<std::int64_t>(all.bytes.size());
    all.bytes.insert(all.bytes.end(), part.bytes.begin(), part.bytes.end());
    for (std::size_t i = 1; i < part.offset.size(); ++i) all.offset.push_back(before + part.offset[i]);
  }
  return all;
}

std::vector<ByteView> given_entries(const std::uint8_t* bytes, const std::int64_t* offsets, std::int64_t n) {
  std::vector<ByteView> entries;
  entries.reserve(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    if (offsets[i] < 0 || offsets[i + 1] < offsets[i])
      throw UserError(
          fmt::format("offsets {} and {} are {} and {}: give 0 or more, never less than the one before", i,
                      i + 1, offsets[i], offsets[i + 1]));
    entries.push_back({bytes + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])});
  }
  return entries;
}

}  // namespace

Handles<pkr_codec, CodecObject>& codecs() {
  static auto* const handles = new Handles<pkr_codec, CodecObject>("codec");  // outlives every thread
  return *handles;
}

pkr_codec* add_codec(Codec codec, FitOrigin origin) {
  return add_codec(std::make_shared<const Codec>(std::move(codec)), std::move(origin));
}

pkr_codec* add_codec(std::shared_ptr<const Codec> codec, FitOrigin origin) {
  std::string spec = codec->spec();
  return codecs().add(
      std::make_shared<CodecObject>(CodecObject{std::move(codec), std::move(spec), std::move(origin)}));
}

Domain domain_of(const pkr_domain* given) {
  require(given, "domain");
  Domain domain;
  std::int64_t values = 1;
  for (std::size_t side = 0; side < 3; ++side) {
    domain.shape[side] = given->shape[side];
    if (domain.shape[side] < 1 || domain.shape[side] > kMostValues / values)
      throw UserError(
          fmt::format("a shape of {} x {} x {}: give channels, height and width of 1 or more, at most 2^30 "
                      "values together",
                      given->shape[0], given->shape[1], given->shape[2]));
    values *= domain.shape[side];
  }
  domain.pixels = given->pixels != 0;
  if (!domain.pixels) return domain;
  if (domain.shape[0] > 3)
    throw UserError(fmt::format("images have 1 to 3 channels, not {}", domain.shape[0]));
  const bool unset = given->std[0] == 0 && given->std[1] == 0 && given->std[2] == 0;
  for (std::size_t c = 0; c < 3; ++c) {
    domain.mean[c] = given->mean[c];
    domain.std[c] = unset ? 1.0f : given->std[c];
    const bool used = static_cast<std::int64_t>(c) < domain.shape[0];
    if (used && !(std::isfinite(domain.mean[c]) && std::isfinite(domain.std[c]) && domain.std[c] > 0))
      throw UserError(
          fmt::format("channel {} has the mean {} and the deviation {}: give finite ones, the deviation "
                      "above 0",
                      c, domain.mean[c], domain.std[c]));
  }
  return domain;
}

pkr_domain given_domain(const Domain& domain) {
  pkr_domain given{};
  std::copy(domain.shape.begin(), domain.shape.end(), given.shape);
  given.pixels = domain.pixels ? 1 : 0;
  std::copy(domain.mean.begin(), domain.mean.end(), given.mean);
  std::copy(domain.std.begin(), domain.std.end(), given.std);
  return given;
}

extern "C" {

PKR_API void pkr_fit_options_default(pkr_fit_options* options) {
  if (options == nullptr) return;
  const FittingOptions d;
  *options = {d.seed, d.threads, d.max_epochs, d.patience, d.batch_size, d.learning_rate, nullptr, nullptr};
}

PKR_API int pkr_codec_make(const char* spec, const pkr_domain* domain, pkr_codec** codec) {
  return call([&] {
    require(spec, "spec");
    require(codec, "codec");
    *codec = add_codec(make_codec(spec, domain_of(domain)));
  });
}

PKR_API int pkr_codec_fit(const char* spec, const pkr_domain* domain, const void* rows, int32_t dtype,
                          int64_t n, const pkr_fit_options* options, pkr_codec** codec) {
  return call([&] {
    require(spec, "spec");
    require(codec, "codec");
    const Domain d = domain_of(domain);
    check_codec(spec, d);
    if (n < 2) throw UserError(fmt::format("{} rows to learn from: give 2 or more", n));
    const GivenRows given(d, rows, dtype, n);
    const std::int64_t held_out = std::max<std::int64_t>(1, n / 10), train = n - held_out;
    const FittingOptions fitting = fitting_options(options);
    FitOrigin origin;
    origin.images = n;
    origin.seed = fitting.seed;
    origin.encoder = "none";
    origin.command = "libpackrat";
    *codec = add_codec(
        fit_codec(spec, d,
                  {{given.rows().row(0), train, d.values()}, {given.rows().row(train), held_out, d.values()}},
                  fitting),
        origin);
  });
}

PKR_API int pkr_codec_must_be_fitted(const char* spec) {
  return number<int>([&] {
    require(spec, "spec");
    return must_be_fitted(spec) ? 1 : 0;
  });
}

PKR_API void pkr_codec_free(pkr_codec* codec) {
  call([&] { codecs().remove(codec); });
}

PKR_API int pkr_codec_save(const pkr_codec* codec, const char* path) {
  return call([&] {
    require(path, "path");
    save_fitted_codec(path, fitted_form(*codecs().get(codec)));
  });
}

PKR_API int pkr_codec_load(const char* path, const pkr_domain* domain, pkr_codec** codec) {
  return call([&] {
    require(path, "path");
    require(codec, "codec");
    const MappedFile file(path);
    *codec = read_codec(file.bytes(), path, domain);
  });
}

PKR_API int pkr_codec_to_bytes(const pkr_codec* codec, uint8_t** bytes, int64_t* size) {
  return call([&] {
    require(bytes, "bytes");
    require(size, "size");
    give(file_of(*codecs().get(codec)), bytes, size);
  });
}

PKR_API int pkr_codec_from_bytes(const uint8_t* bytes, int64_t size, const pkr_domain* domain,
                                 pkr_codec** codec) {
  return call([&] {
    require_count(size, "bytes");
    require_array(bytes, size, "bytes");
    require(codec, "codec");
    *codec = read_codec({bytes, static_cast<std::size_t>(size)}, "the codec", domain);
  });
}

PKR_API const char* pkr_codec_spec(const pkr_codec* codec) {
  const char* spec = nullptr;
  call([&] { spec = codecs().get(codec)->spec.c_str(); });
  return spec;
}

PKR_API int pkr_codec_domain(const pkr_codec* codec, pkr_domain* domain) {
  return call([&] {
    require(domain, "domain");
    *domain = given_domain(codecs().get(codec)->codec->domain());
  });
}

PKR_API int64_t pkr_codec_entry_bytes(const pkr_codec* codec) {
  return number<std::int64_t>([&] { return codecs().get(codec)->codec->entry_bytes().value_or(0); });
}

PKR_API int64_t pkr_codec_shared_bytes(const pkr_codec* codec) {
  return number<std::int64_t>([&] { return codecs().get(codec)->codec->shared_bytes().total(); });
}

PKR_API int pkr_codec_encode(const pkr_codec* codec, const void* rows, int32_t dtype, int64_t n,
                             int32_t threads, uint8_t** bytes, int64_t** offsets) {
  return call([&] {
    require(bytes, "bytes");
    require(offsets, "offsets");
    require_threads(threads);
    const auto object = codecs().get(codec);
    const GivenRows given(object->codec->domain(), rows, dtype, n);
    const EntryBatch batch = encode_in_pieces(*object->codec, given.rows(), threads);
    std::unique_ptr<void, void (*)(void*)> all(copied(batch.bytes.data(), batch.bytes.size()), std::free);
    *offsets =
        static_cast<std::int64_t*>(copied(batch.offset.data(), batch.offset.size() * sizeof batch.offset[0]));
    *bytes = static_cast<std::uint8_t*>(all.release());
  });
}

PKR_API int pkr_codec_decode(const pkr_codec* codec, const uint8_t* bytes, const int64_t* offsets, int64_t n,
                             int32_t dtype, void* out, int32_t threads) {
  return call([&] {
    require_count(n, "entries");
    require_array(offsets, n, "offsets");
    if (n > 0 && offsets[n] > 0) require(bytes, "bytes");
    require_array(out, n, "out");
    require_threads(threads);
    const auto object = codecs().get(codec);
    check_row_type(object->codec->domain(), dtype);
    const std::vector<ByteView> entries = given_entries(bytes, offsets, n);
    give_rows(object->codec->domain(), n, dtype, out, threads, [&](std::int64_t begin, Rows rows) {
      object->codec->decode({entries.begin() + begin, entries.begin() + begin + rows.count}, rows);
    });
  });
}

}  // extern "C"
}  // namespace packrat::library
