#pragma once
#include <gtest/gtest.h>

#include <string>

#include "engine/core/error.h"

namespace packrat::testing_data {

/// The message of the UserError that `call` throws; empty, and a failure, when it throws none.
template <typename Call>
std::string user_error(Call call) {
  try {
    call();
  } catch (const UserError& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.find('\n'), std::string::npos) << "more than one line: " << message;
    return message;
  }
  ADD_FAILURE() << "no UserError";
  return "";
}

}  // namespace packrat::testing_data
