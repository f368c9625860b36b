#include "control/service_control.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vizsla::control {
namespace {

class ServiceControlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() /
        ("vizsla-control-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + "-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return (folder_ / "control.db").string(); }

  std::filesystem::path folder_;
};

TEST_F(ServiceControlTest, KeepsWhatWasChosen) {
  const ServiceChoices chosen{250'000'000, "web.request"};
  {
    const auto control = ServiceControl::open(path()).value();
    EXPECT_EQ(control->choices("shop", "prod"), ServiceChoices{});
    ASSERT_TRUE(control->set_choices("shop", "prod", chosen));
    ASSERT_TRUE(control->set_choices("it's; DROP TABLE service_choices", "", {1, std::nullopt}));
    ASSERT_TRUE(control->set_color_slot("shop", 7));
    EXPECT_EQ(control->choices("shop", "prod"), chosen);
    EXPECT_EQ(control->choices("shop", "test"), ServiceChoices{}) << "each env has its own";
  }
  const auto control = ServiceControl::open(path()).value();
  EXPECT_EQ(control->choices("shop", "prod"), chosen);
  EXPECT_EQ(control->choices("it's; DROP TABLE service_choices", "").apdex_threshold_ns, 1);
  EXPECT_EQ(control->color_slot("shop"), 7U);
  ASSERT_TRUE(control->set_choices("shop", "prod", {}));
  ASSERT_TRUE(control->set_color_slot("shop", std::nullopt));
  EXPECT_EQ(control->choices("shop", "prod"), ServiceChoices{});
  EXPECT_THAT(control->color_slots(), ::testing::IsEmpty());
}

TEST_F(ServiceControlTest, WritesNothingUntilSomethingIsChosen) {
  const auto control = ServiceControl::open(path()).value();
  EXPECT_TRUE(!std::filesystem::exists(path()) || std::filesystem::file_size(path()) == 0);
  ASSERT_TRUE(control->set_color_slot("shop", 3));
  const auto written = std::filesystem::last_write_time(path());
  EXPECT_EQ(ServiceControl::open(path()).value()->color_slot("shop"), 3U);
  EXPECT_EQ(std::filesystem::last_write_time(path()), written) << "reading changes nothing";
}

TEST_F(ServiceControlTest, IsCopiedWhileItIsOpen) {
  const auto control = ServiceControl::open(path()).value();
  ASSERT_TRUE(control->set_color_slot("shop", 3));
  const std::string copy = path() + ".copy";
  ASSERT_TRUE(copy_control(path(), copy));
  ASSERT_TRUE(control->set_color_slot("shop", 4));
  EXPECT_EQ(ServiceControl::open(copy).value()->color_slot("shop"), 3U);
  EXPECT_EQ(ServiceControl::open(path()).value()->color_slot("shop"), 4U);
  EXPECT_FALSE(copy_control(path(), copy)) << "nothing is overwritten";
}

TEST_F(ServiceControlTest, SaysWhatIsWrongWithAFile) {
  std::ofstream(path()) << std::string(4096, 'x');
  const auto control = ServiceControl::open(path());
  ASSERT_FALSE(control);
  EXPECT_EQ(control.error().code, ErrorCode::Corrupt);
  EXPECT_THAT(control.error().message, ::testing::HasSubstr("control.db"));
}

}  // namespace
}  // namespace vizsla::control
