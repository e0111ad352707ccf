#include "engine/core/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace packrat {
namespace {

std::string nested(int levels, const std::string& inside = "") {
  return std::string(static_cast<std::size_t>(levels), '[') + inside +
         std::string(static_cast<std::size_t>(levels), ']');
}

TEST(JsonText, IsReadUpToAHundredLevels) {
  EXPECT_EQ(parse_json(nested(100, "1")).dump(), nested(100, "1"));
  EXPECT_THROW(parse_json(nested(101)), nlohmann::json::parse_error);
  EXPECT_THROW(parse_json(nested(1000000)), nlohmann::json::parse_error);
}

TEST(JsonText, BracketsInTextsAndBesideEachOtherCountForNothing) {
  for (const std::string& text :
       {"\"" + std::string(500, '[') + "\"", std::string(R"(["\"[","\\",{"a":"{"}])"),
        "[" + nested(99) + "," + nested(99) + "]"})
    EXPECT_NO_THROW(parse_json(text)) << text;
}

}  // namespace
}  // namespace packrat
