// Headers and texts of the rooms below all others.
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/core/build_info.h"
#include "engine/core/csv.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"
#include "engine/core/python_text.h"
#include "engine/core/safetensors.h"
#include "models/pickle_reader.h"
#include "tests/fuzz/targets.h"

namespace packrat::fuzzing {
namespace {

bool read_safetensors(ByteView bytes) {
  return not_refused([&] { parse_safetensors(bytes); });
}

/// A header of its own, sealed or not, before tensors of zeros: most mutations of a file end at its length or
/// its seal.
bool read_safetensors_content(ByteView bytes) {
  const std::uint64_t length = bytes.size;
  Bytes file(sizeof length + bytes.size + 64);
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&length), sizeof length, file.begin());
  std::copy_n(bytes.data, bytes.size, file.begin() + sizeof length);
  return read_safetensors({file.data(), file.size()});
}

std::vector<Bytes> safetensors_files() {
  const Bytes values(24, 1);
  std::ostringstream sealed;
  emit_safetensors(sealed, {{"a", "F32", {2, 3}, {values.data(), 24}}, {"b", "U8", {}, {values.data(), 1}}},
                   {{"key", "value"}});
  return {bytes_of(sealed.str()), bytes_of(safetensors_header({}, {}))};
}

bool read_pickle_bytes(ByteView bytes) {
  return not_refused([&] { read_pickle(bytes); });
}

/// A literal with zero bytes in it.
template <std::size_t size>
Bytes literal(const char (&text)[size]) {
  return {text, text + size - 1};
}

/// Of every protocol; what torch.save writes, and what it does not.
std::vector<Bytes> pickles() {
  return {literal("\x80\x02}q\x00(X\x01\x00\x00\x00wK\x05X\x01\x00\x00\x00v(K\x01K\x02tu."),
          literal("\x80\x02"
                  "ccollections\nOrderedDict\nq\x00)Rq\x01X\x01\x00\x00\x00kX\x01\x00\x00\x00s"
                  "ctorch\nFloatStorage\n\x86Qs."),
          literal("(lp0\nI1\naF2.5\naL7L\naS'hi'\np1\nag1\na."), literal("(dp0\nI1\nI2\nsg0\n."),
          literal("\x80\x04\x95\x06\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01Ne.")};
}

bool read_table(ByteView bytes) {
  return not_refused([&] {
    const CsvTable table = parse_csv(text_of(bytes), "fuzzed");
    for (std::size_t row = 0; row < table.rows.size(); ++row)
      for (std::size_t column = 0; column < table.heading.size(); ++column)
        not_refused([&] { table.number(row, column); });
  });
}

/// Taken apart, copied and written again, as readers of results do.
bool read_json(ByteView bytes) try {
  const nlohmann::json read = parse_json(text_of(bytes)), copy = read;
  if (parse_json(copy.dump()) != read) throw std::logic_error("JSON that is written is not what was read");
  return true;
} catch (const nlohmann::json::exception&) {
  return false;
}

bool read_namespaces(ByteView bytes) {
  const std::string text = text_of(bytes);  // which the namespaces point into
  for (const PythonNamespace& found : python_namespaces(text)) python_fields(found.inside);
  python_fields(text);
  return true;
}

}  // namespace

std::vector<Target> header_targets() {
  return {
      {"safetensors", read_safetensors, safetensors_files},
      {"safetensors_header", read_safetensors_content,
       [] {
         return std::vector<Bytes>{
             bytes_of(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"__metadata__":{"k":"v"}})"),
             bytes_of(R"({"b":{"dtype":"F8_E4M3","shape":[2,1],"data_offsets":[1,3]}})")};
       }},
      {"pickle", read_pickle_bytes, pickles},
      {"csv", read_table,
       [] {
         return std::vector<Bytes>{bytes_of("a,b\n1,2\n"),
                                   bytes_of("sep=;\na;b\r\n1,5;\"x \"\"y\"\"\n\"\r\n"),
                                   bytes_of("# says\nname\twatts\nx\t1e3\n")};
       }},
      {"json", read_json,
       [] { return std::vector<Bytes>{bytes_of(R"({"a":[1,2.5,null,true,"x\u00e9\\\""],"b":{}})")}; }},
      {"python_text", read_namespaces,
       [] { return std::vector<Bytes>{bytes_of("Namespace(a='it\\'s', b=[1, 2], c=None)\nAcc: [0.5]\n")}; }}};
}

}  // namespace packrat::fuzzing
