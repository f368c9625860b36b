#include "control/sampling_control.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "control/service_control.h"

namespace vizsla::control {
namespace {

class SamplingControlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("vizsla-sampling-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return (folder_ / "control.db").string(); }

  std::filesystem::path folder_;
};

TEST_F(SamplingControlTest, KeepsTheLastDocument) {
  {
    const auto control = SamplingControl::open(path()).value();
    EXPECT_EQ(control->document(), std::nullopt);
    ASSERT_TRUE(control->set_document(R"({"apm_tracing":[]})"));
    ASSERT_TRUE(control->set_document("'; DROP TABLE sampling"));
    EXPECT_EQ(control->document(), "'; DROP TABLE sampling");
  }
  {
    const auto control = SamplingControl::open(path()).value();
    EXPECT_EQ(control->document(), "'; DROP TABLE sampling");
    ASSERT_TRUE(control->set_document(std::nullopt));
    EXPECT_EQ(control->document(), std::nullopt);
  }
  EXPECT_EQ(SamplingControl::open(path()).value()->document(), std::nullopt);
}

TEST_F(SamplingControlTest, SharesItsFileWithTheChoicesForServices) {
  const auto sampling = SamplingControl::open(path()).value();
  const auto services = ServiceControl::open(path()).value();
  EXPECT_TRUE(!std::filesystem::exists(path()) || std::filesystem::file_size(path()) == 0) << "nothing is set yet";
  ASSERT_TRUE(sampling->set_document("{}"));
  ASSERT_TRUE(services->set_color_slot("shop", 3));
  ASSERT_TRUE(sampling->set_document("{1}"));
  EXPECT_EQ(SamplingControl::open(path()).value()->document(), "{1}");
  EXPECT_EQ(ServiceControl::open(path()).value()->color_slot("shop"), 3U);
}

}  // namespace
}  // namespace vizsla::control
