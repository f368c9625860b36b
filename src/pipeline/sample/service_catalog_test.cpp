#include "pipeline/sample/service_catalog.h"

#include <gtest/gtest.h>

namespace vizsla::pipeline {
namespace {

TEST(ServiceCatalog, PushesOutThePairNotSeenForLongest) {
  ServiceCatalog catalog(2);
  EXPECT_EQ(catalog.see("a", "x", 1), std::nullopt);
  EXPECT_EQ(catalog.see("a", "y", 2), std::nullopt);
  EXPECT_EQ(catalog.see("a", "x", 1), std::nullopt);
  EXPECT_EQ(catalog.see("b", "x", 3), 2u);
  EXPECT_EQ(catalog.see("a", "x", 1), std::nullopt);
  ASSERT_EQ(catalog.entries().size(), 2u);
  EXPECT_EQ(catalog.entries().front().service, "a");
  EXPECT_EQ(catalog.entries().back().service, "b");
}

TEST(ServiceCatalog, StaysSmallWhateverComes) {
  ServiceCatalog catalog(5000);
  for (int i = 0; i < 20'000; ++i) catalog.see(std::to_string(i), "", static_cast<Signature>(i));
  EXPECT_EQ(catalog.entries().size(), 5000u);
  EXPECT_EQ(catalog.entries().back().service, "15000");
}

}  // namespace
}  // namespace vizsla::pipeline
