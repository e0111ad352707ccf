#pragma once
#include <string>
#include <vector>

#include "engine/report/table.h"
#include "engine/studies/audit/audited_buffer.h"

namespace packrat {

/// Published, exact and measured bytes of each buffer and their ratios: what a terminal has room for.
Table brief_audit_table(const std::vector<AuditedBuffer>& buffers);

/// The same with entries, measured items, what a codec learned from, and the reasons for the differences.
Table full_audit_table(const std::vector<AuditedBuffer>& buffers);

/// All of it, with the reasons as bytes each: a JSON list of objects, which end like the "bytes" of
/// result.json.
std::string audit_json(const std::vector<AuditedBuffer>& buffers);

/// "CIFAR10, cutr34(3), quantization 4 local, 1000 slots".
std::string title_of(const AuditedBuffer& buffer);

}  // namespace packrat
