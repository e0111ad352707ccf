#include "engine/core/pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "engine/core/error.h"

namespace packrat {

struct Pattern::Compiled {
  explicit Compiled(const std::string& text) : expression(text, RE2::Quiet) {}
  RE2 expression;
};

Pattern::Pattern(std::string_view option, const std::string& text)
    : compiled_(std::make_unique<Compiled>(text)) {
  const RE2& expression = compiled_->expression;
  if (!expression.ok())
    throw UserError(fmt::format("--{} '{}' is not a regular expression ({}): write one such as '^vgg'",
                                option, text, expression.error()));
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::found_in(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->expression);
}

}  // namespace packrat
