#pragma once
#include <string>
#include <vector>

#include "compressors/codec.h"
#include "engine/buffer/budget.h"
#include "engine/buffer/column.h"

namespace packrat {

/// What a buffer is, as its files say it in JSON (FILE_FORMAT.md).
struct BufferDescription {
  std::string codec;
  Domain domain;
  int classes = 0;
  std::string sampler;
  Budget budget;
  std::vector<Column> columns;
};

std::string describe_buffer(const BufferDescription& description);

/// Throws CorruptEntry, UserError or nlohmann::json::exception for a text that is none.
BufferDescription read_description(const std::string& text);

}  // namespace packrat
