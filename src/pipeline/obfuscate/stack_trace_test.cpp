#include "pipeline/obfuscate/stack_trace.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

TEST(StackTrace, LiesUnderTwoKeys) {
  EXPECT_TRUE(holds_stack_trace("error.stack"));
  EXPECT_TRUE(holds_stack_trace("error.handling_stack"));
  EXPECT_TRUE(holds_stack_trace("exception.stacktrace"));
  EXPECT_FALSE(holds_stack_trace("error.message"));
  EXPECT_FALSE(holds_stack_trace("error.stack.x"));
}

}  // namespace
}  // namespace vizsla::pipeline
