#include "query/search_plan.h"

#include <gtest/gtest.h>

#include "query/testing/read_cases.h"
#include "query/testing/show_filter.h"

namespace vizsla::query {
namespace {

TEST(SearchPlan, ReadsItsVectors) {
  for (const testing::Case& of : testing::read_cases("plans.txt")) {
    const auto filter = parse_span_query(of.input);
    EXPECT_EQ(filter ? testing::show(*filter) : "!" + filter.error().message, of.expected) << of.place;
    if (!filter) {
      EXPECT_EQ(filter.error().code, of.title == "Not yet" ? ErrorCode::Unsupported : ErrorCode::InvalidInput)
          << of.place;
    }
  }
}

}  // namespace
}  // namespace vizsla::query
