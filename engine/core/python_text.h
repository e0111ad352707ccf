#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

// Values as Python's repr() prints them, and argparse.Namespace(...) as it stands in logs of Python programs.

/// In quotes, with what cannot stand there escaped: 'CIFAR10', "it's". Bytes that are no UTF-8 come as Python
/// has them from its command line: 'caf\udce9'.
std::string python_repr(std::string_view text);
std::string python_repr(std::int64_t value);
/// With a point or an exponent: 3.0, 0.5, 1e-06.
std::string python_repr(double value);
std::string python_repr(bool value);
/// An empty text would choose the one for bool.
std::string python_repr(const char*) = delete;

/// NAME=VALUE.
struct PythonField {
  std::string name;
  std::string
      value;  ///< a text without its quotes and escapes; anything else as it is written: 3, None, [1, 2]
};

/// Every NAME=VALUE in a text, in order, whatever stands between them. What is inside a value (a text, a
/// list, an object in brackets) is not looked into, and a value ends with its line. Takes time that grows
/// with the text alone.
std::vector<PythonField> python_fields(std::string_view text);

/// A Namespace(...) in a log.
struct PythonNamespace {
  std::size_t line = 0;     ///< where its line begins
  std::string_view inside;  ///< between its brackets
};

/// The first Namespace(...) of every line that has one, in order. One that is not closed ends with its line.
std::vector<PythonNamespace> python_namespaces(std::string_view text);

}  // namespace packrat
