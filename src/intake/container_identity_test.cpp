#include "intake/container_identity.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/testing/fake_clock.h"
#include "store/testing/temporary_folder.h"

namespace vizsla::intake {
namespace {

const std::string kId = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";

TEST(ContainerIdInPath, KnowsTheRuntimes) {
  for (const char* form : {"/docker/{}", "/system.slice/docker-{}.scope",
                           "/kubepods.slice/kubepods-burstable.slice/kubepods-pod1.slice/cri-containerd-{}.scope",
                           "/kubepods/burstable/pod1/{}", "/machine.slice/libpod-{}.scope/container",
                           "/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:{}"}) {
    EXPECT_EQ(container_id_in_path(fmt::format(fmt::runtime(form), kId)), kId) << form;
  }
  EXPECT_EQ(container_id_in_path("/ecs/task/34dc0b5e626f2c5c4c5170e34b10e765-1234567890"),
            "34dc0b5e626f2c5c4c5170e34b10e765-1234567890");
  EXPECT_EQ(container_id_in_path("/garden/6f265890-5165-7fab-6b52-18d1"), "6f265890-5165-7fab-6b52-18d1");
  for (const char* path : {"", "/", "/user.slice/user-1000.slice/session-3.scope", "/docker/abc", "0::/init.scope"})
    EXPECT_EQ(container_id_in_path(path), "") << path;
}

class Identity : public ::testing::Test {
 protected:
  static http::Request with(std::string_view name, std::string_view value, http::Request request = {}) {
    request.headers.add(std::string(name), std::string(value));
    return request;
  }

  const store::testing::TemporaryFolder folder_;
  testing::FakeClock clock_;
  ContainerIdentity identity_{clock_, {folder_.path() + "/proc", folder_.path() + "/cgroup"}};
};

TEST_F(Identity, ComesFromHeaders) {
  EXPECT_EQ(identity_.of({}), "");
  EXPECT_EQ(identity_.of(with("Datadog-Container-ID", "anything")), "anything");
  EXPECT_EQ(identity_.of(with("Datadog-Entity-ID", "ci-abc")), "abc");
  EXPECT_EQ(identity_.of(with("Datadog-Entity-ID", "cid-abc")), "abc");
  EXPECT_EQ(identity_.of(with("Datadog-Entity-ID", "in-12,ci-abc")), "abc");
  EXPECT_EQ(identity_.of(with("Datadog-Entity-ID", "in-12,cid-abc")), "") << "cid isn't known in lists";
  EXPECT_EQ(identity_.of(with("Datadog-Container-ID", "other", with("Datadog-Entity-ID", "in-12"))), "")
      << "an entity id is all that is asked";
}

TEST_F(Identity, ComesFromTheInodeOfACgroup) {
  const std::string path = folder_.path() + "/cgroup/system.slice/docker-" + kId + ".scope";
  std::filesystem::create_directories(path);
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(identity_.of(with("Datadog-Entity-ID", fmt::format("in-{}", info.st_ino))), kId);
  EXPECT_EQ(identity_.of(with("Datadog-Entity-ID", "in-1")), "");
  // A container that starts later is found when the tree may be read again.
  const std::string later = folder_.path() + "/cgroup/docker/" + std::string(64, 'a');
  std::filesystem::create_directories(later);
  ASSERT_EQ(::stat(later.c_str(), &info), 0);
  const auto in_later = with("Datadog-Entity-ID", fmt::format("in-{}", info.st_ino));
  EXPECT_EQ(identity_.of(in_later), "");
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(identity_.of(in_later), std::string(64, 'a'));
}

TEST_F(Identity, ComesFromTheProcessBehindASocketAndIsRememberedForAMinute) {
  http::Request request;
  request.peer_pid = 42;
  std::filesystem::create_directories(folder_.path() + "/proc/42");
  std::ofstream(folder_.path() + "/proc/42/cgroup") << "13:name=systemd:/\n1:cpu:/docker/" << kId << "\n";
  EXPECT_EQ(identity_.of(request), kId);
  std::filesystem::remove_all(folder_.path() + "/proc/42");
  clock_.advance(std::chrono::seconds(59));
  EXPECT_EQ(identity_.of(request), kId);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(identity_.of(request), "");
}

}  // namespace
}  // namespace vizsla::intake
