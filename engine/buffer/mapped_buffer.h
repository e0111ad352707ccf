#pragma once
#include <filesystem>
#include <string_view>

#include "engine/buffer/buffer_file.h"

namespace packrat {

/// The file of "mapped:FILE", whatever the working directory becomes; empty for "memory". UserError, which
/// calls the text `what`, for any other.
std::filesystem::path mapped_file(std::string_view storage, const char* what);

/// A buffer of entries of one size that lives in a file of its own (mapped_slab.h): it can be larger than
/// memory, and what was stored stays when the process is killed. UserError for a codec whose entries differ
/// in size, a file that is there already, and a disk without room.
SavedBuffer make_mapped_buffer(const std::filesystem::path& path, std::shared_ptr<const Codec> codec,
                               int classes, Budget budget, std::unique_ptr<Sampler> sampler,
                               std::vector<Column> columns, std::uint64_t seed);

/// The same, in place of a mapped buffer that is there already, which stays as it was after a UserError: also
/// when it is open elsewhere or damaged.
SavedBuffer replace_mapped_buffer(const std::filesystem::path& path, std::shared_ptr<const Codec> codec,
                                  int classes, Budget budget, std::unique_ptr<Sampler> sampler,
                                  std::vector<Column> columns, std::uint64_t seed);

/// Opens it again, in a time that depends on the number of entries by a look at their labels alone. What a
/// killed process had stored is there; what it had only counted since its last call is not.
SavedBuffer open_mapped_buffer(const std::filesystem::path& path, const CodecFactory& make = {});

/// Another budget, in a new file that takes the old one's place once it is whole. When entries have to go,
/// the sampler says which. After a UserError (a budget that is too small, a sampler that lets nothing go, a
/// disk without room for both files) the buffer is as before. A process that is killed meanwhile leaves the
/// old file, without the entries that had gone, and perhaps FILE.resized, which the next call replaces.
void resize_mapped_buffer(SavedBuffer& state, const std::filesystem::path& path, Budget budget, Rng& rng);

/// Keeps counters and draws in the file, as every call that changes the buffer must do; does nothing for
/// buffers in memory.
void keep_mapped_state(SavedBuffer& state);

}  // namespace packrat
