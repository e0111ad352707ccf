#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace packrat {

/// A regular expression that a user wrote, in RE2's syntax (Perl's without look-around and back-references).
/// It takes time that grows with the text alone, whatever the expression.
class Pattern {
 public:
  /// UserError that names the option, "--only '(' is not a regular expression (missing ): ()", for what is
  /// none.
  Pattern(std::string_view option, const std::string& text);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  /// Whether it matches anywhere in the text.
  bool found_in(std::string_view text) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace packrat
