#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "engine/experiment/config.h"
#include "engine/features/prepared_data.h"

namespace packrat {

// The commands under `packrat codec` that try codecs on a data set (add_codec_bench_command() is in
// commands.h), and what they have in common.

void add_codec_preview_command(CLI::App& codec);

/// Gives an encoder that is `command`'s default up when --dataset holds features already.
void fit_encoder_to_dataset(const CLI::App& command, RunConfig& config);

/// The data set without its training images: codecs are tried on test images.
Dataset load_test_images(const RunConfig& config);

/// The codec as `packrat run --codec SPEC` would use it: fitted, loaded or from the cache when it has to
/// learn.
std::shared_ptr<const Codec> codec_named(const std::string& spec, RunConfig config, const PreparedData& data);

}  // namespace packrat
